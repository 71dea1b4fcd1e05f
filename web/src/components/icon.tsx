/** Small line drawings; what they mean must also stand in words beside them. */

const shapes = {
  alert: "M8 2 1.5 13.5h13z M8 6.5v3.2 M8 11.6v.1",
  check: "m3 8.5 3.2 3.2L13 4.8",
  chevron: "m4 6 4 4 4-4",
  close: "m4 4 8 8 M12 4l-8 8",
  copy: "M5.5 5.5h8v8h-8z M10.5 5.5v-3h-8v8h3",
  half: "M8 2.5a5.5 5.5 0 1 0 0 11z M8 2.5a5.5 5.5 0 0 1 0 11",
  info: "M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z M8 7.2v4 M8 4.8v.1",
  key: "M10.5 8.5a3 3 0 1 0-2.6-1.5L2.5 12.4v1.1H5v-1.7h1.7V10l1.9-1.9",
  menu: "M2.5 4.5h11 M2.5 8h11 M2.5 11.5h11",
  moon: "M12.8 9.6A5.3 5.3 0 0 1 6.4 3.2a5.3 5.3 0 1 0 6.4 6.4z",
  plus: "M8 3v10 M3 8h10",
  refresh: "M13 8a5 5 0 1 1-1.5-3.6 M13.2 2v3h-3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9z m3.3-1.2 3.2 3.2",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6z M8 1v1.5 M8 13.5V15 M1 8h1.5 M13.5 8H15 M3 3l1 1 M12 12l1 1 M3 13l1-1 M12 4l1-1",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
