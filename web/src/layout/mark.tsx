/** The mark of the product. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <circle cx="16" cy="16" r="8.5" fill="none" stroke="var(--on-accent)" stroke-width="2.5" />
      <circle cx="16" cy="16" r="3" fill="var(--on-accent)" />
    </svg>
  );
}
