"use strict";
(() => {
  const stage = document.querySelector("main");
  const svg = stage.querySelector("svg");
  const boxes = [...svg.querySelectorAll(".box")];
  const routes = [...svg.querySelectorAll(".route")];
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const whole = svg.viewBox.baseVal;
  const size = { width: whole.width, height: whole.height };
  const view = { x: 0, y: 0, scale: 1 };
  const pointers = new Map();
  let matches = [];
  let current = -1;
  let moved = false;

  const show = () => {
    const { clientWidth, clientHeight } = stage;
    svg.setAttribute(
      "viewBox",
      [view.x, view.y, clientWidth / view.scale, clientHeight / view.scale].join(" "),
    );
  };
  const fit = () => {
    view.scale = Math.min(stage.clientWidth / size.width, stage.clientHeight / size.height);
    view.x = (size.width - stage.clientWidth / view.scale) / 2;
    view.y = (size.height - stage.clientHeight / view.scale) / 2;
    show();
  };
  // Text keeps a size that can be read; the entry point is where reading starts.
  const begin = () => {
    const start = place(svg.querySelector(".box.start") || boxes[0]);
    view.scale = Math.min(1, Math.max(0.75, stage.clientWidth / size.width));
    view.x = start.x + start.width / 2 - stage.clientWidth / view.scale / 2;
    view.y = start.y - 24;
    show();
  };
  const zoom = (factor, x = stage.clientWidth / 2, y = stage.clientHeight / 2) => {
    const scale = Math.min(4, Math.max(0.03, view.scale * factor));
    view.x += x / view.scale - x / scale;
    view.y += y / view.scale - y / scale;
    view.scale = scale;
    show();
  };
  const pan = (x, y) => {
    view.x -= x / view.scale;
    view.y -= y / view.scale;
    show();
  };
  function place(box) {
    const corner = box.transform.baseVal.consolidate().matrix;
    const rect = box.querySelector("rect");
    return { x: corner.e, y: corner.f, width: rect.width.baseVal.value, height: rect.height.baseVal.value };
  }
  const reveal = (box) => {
    const at = place(box);
    view.scale = Math.max(view.scale, 0.6);
    view.x = at.x + at.width / 2 - stage.clientWidth / view.scale / 2;
    view.y = at.y + at.height / 2 - stage.clientHeight / view.scale / 2;
    show();
  };
  const highlight = (box) => {
    const number = box ? box.id.slice(4) : null;
    for (const route of routes) {
      const mine = route.dataset.from === number || route.dataset.to === number;
      route.classList.toggle("shown", number !== null && mine);
    }
  };
  const go = (box) => {
    reveal(box);
    box.focus({ preventScroll: true });
  };
  const follow = (box, key) => {
    const number = box.id.slice(4);
    const ways = routes.filter((r) => (key === "n" ? r.dataset.from : r.dataset.to) === number);
    if (ways.length) {
      const next = key === "n" ? ways[0].dataset.to : ways[0].dataset.from;
      go(document.getElementById(`box-${next}`));
    }
  };
  const look = () => {
    const wanted = search.value.trim().toLowerCase();
    matches = wanted
      ? boxes.filter((b) => b.getAttribute("aria-label").toLowerCase().includes(wanted) || b.textContent.toLowerCase().includes(wanted))
      : [];
    boxes.forEach((box) => box.classList.toggle("match", matches.includes(box)));
    svg.classList.toggle("searching", wanted !== "");
    current = matches.length ? 0 : -1;
    found.textContent = wanted ? `${current + 1} of ${matches.length}` : "";
    if (matches.length) reveal(matches[0]);
  };
  const step = (by) => {
    if (!matches.length) return;
    current = (current + by + matches.length) % matches.length;
    found.textContent = `${current + 1} of ${matches.length}`;
    reveal(matches[current]);
    highlight(matches[current]);
  };

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    const edge = stage.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 200), event.clientX - edge.left, event.clientY - edge.top);
    else pan(-event.deltaX, -event.deltaY);
  }, { passive: false });
  stage.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, event);
    moved = false;
  });
  stage.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (!before) return;
    if (Math.hypot(event.clientX - before.clientX, event.clientY - before.clientY) < 3 && !moved) return;
    if (!moved) stage.setPointerCapture(event.pointerId);
    moved = true;
    stage.classList.add("moving");
    const others = [...pointers.values()].filter((p) => p.pointerId !== event.pointerId);
    if (others.length) {
      const [other] = others;
      const span = (p) => Math.hypot(p.clientX - other.clientX, p.clientY - other.clientY) || 1;
      const edge = stage.getBoundingClientRect();
      zoom(span(event) / span(before), (event.clientX + other.clientX) / 2 - edge.left, (event.clientY + other.clientY) / 2 - edge.top);
    } else {
      pan(event.clientX - before.clientX, event.clientY - before.clientY);
    }
    pointers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => {
      pointers.delete(event.pointerId);
      stage.classList.remove("moving");
    });
  }
  boxes.forEach((box) => {
    box.addEventListener("focus", () => highlight(box));
    box.addEventListener("blur", () => highlight(null));
    box.addEventListener("click", () => { if (!moved) box.focus({ preventScroll: true }); });
  });
  document.querySelectorAll("footer a").forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go(document.getElementById(link.hash.slice(1)));
    });
  });
  search.addEventListener("input", look);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") { search.value = ""; look(); search.blur(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.target === search || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = event.target.closest ? event.target.closest(".box") : null;
    const keys = {
      "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), "0": fit, "1": begin,
      "/": () => search.focus(),
      ArrowLeft: () => pan(80, 0), ArrowRight: () => pan(-80, 0),
      ArrowUp: () => pan(0, 80), ArrowDown: () => pan(0, -80),
      n: () => box && follow(box, "n"), p: () => box && follow(box, "p"),
    };
    if (keys[event.key] && !event.target.closest("footer")) {
      event.preventDefault();
      keys[event.key]();
    }
  });
  stage.addEventListener("focusin", (event) => {
    const box = event.target.closest(".box");
    if (box && box.matches(":focus-visible")) reveal(box);
  });
  const actions = { in: () => zoom(1.25), out: () => zoom(0.8), fit, begin };
  for (const [name, action] of Object.entries(actions)) {
    document.getElementById(name).addEventListener("click", action);
  }
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  addEventListener("resize", show);
  begin();
  document.documentElement.dataset.ready = "yes";
})();
