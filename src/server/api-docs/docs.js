// The page is complete without this: it opens what a link points at, and finds entries by their text.

const entries = [...document.querySelectorAll("details.entry")];
const input = document.querySelector("#find");
const output = document.querySelector("output");

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.matches("details.entry")) {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
}

function find() {
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    const text = entry.textContent.toLowerCase();
    const fits = words.every((word) => text.includes(word));
    entry.hidden = !fits;
    if (fits) found += 1;
  }
  output.textContent = words.length === 0 ? "" : `${found} of ${entries.length}`;
}

for (const nav of document.querySelectorAll("nav details")) {
  // On a phone the contents would push everything else away.
  if (matchMedia("(width < 60rem)").matches) nav.open = false;
}
input.closest(".find").hidden = false;
input.addEventListener("input", find);
addEventListener("hashchange", openTarget);
openTarget();
