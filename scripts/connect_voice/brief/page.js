"use strict";
(() => {
  const headings = [...document.querySelectorAll("main h2")];
  const folds = () => [...document.querySelectorAll("details")];
  const here = () => headings.findLastIndex((heading) => heading.getBoundingClientRect().top < 32);
  const go = (number) => {
    const heading = headings[Math.min(Math.max(number, 0), headings.length - 1)];
    if (!heading) return;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") {
      const now = headings.indexOf(document.activeElement);
      go((now < 0 ? here() : now) + 1);
    } else if (event.key === "k") {
      const now = headings.indexOf(document.activeElement);
      go((now < 0 ? here() + 1 : now) - 1);
    } else if (event.key === "o") {
      const open = folds().some((fold) => !fold.open);
      for (const fold of folds()) fold.open = open;
    }
  });
  addEventListener("beforeprint", () => { for (const fold of folds()) fold.open = true; });
})();
