// Does what a reader does, and puts what came of it into the title.
(() => {
  const out = {};
  const stage = document.querySelector("main");
  const svg = stage.querySelector("svg");
  const search = document.getElementById("search");
  const found = document.getElementById("found");
  const view = () => svg.getAttribute("viewBox").split(" ").map(Number);
  const key = (name, target = document.body, more = {}) =>
    target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
  const wheel = (more) => stage.dispatchEvent(new WheelEvent("wheel", { bubbles: true, cancelable: true, ...more }));
  const pointer = (type, x, y) =>
    stage.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x, clientY: y, bubbles: true }));
  const changed = (action) => {
    const before = view();
    action();
    const after = view();
    return { x: after[0] - before[0], y: after[1] - before[1], scale: after[2] / before[2] };
  };

  out.begin = view();
  key("0");
  out.all = view();
  key("1");
  out.start = view();
  out.zoomed = changed(() => key("+")).scale;
  out.right = changed(() => key("ArrowRight")).x;
  out.down = changed(() => key("ArrowDown")).y;
  out.wheelMoved = changed(() => wheel({ deltaY: 100 })).y;
  out.wheelZoomed = changed(() => wheel({ deltaY: -100, ctrlKey: true, clientX: 400, clientY: 300 })).scale;
  stage.setPointerCapture = () => {}; // there is no real pointer to capture
  const drag = changed(() => {
    pointer("pointerdown", 300, 300);
    pointer("pointermove", 350, 320);
    pointer("pointermove", 400, 340);
    pointer("pointerup", 400, 340);
  });
  out.dragged = [drag.x, drag.y];

  key("/");
  out.searching = document.activeElement.id;
  search.value = "Lambda";
  search.dispatchEvent(new Event("input", { bubbles: true }));
  out.matches = document.querySelectorAll(".box.match").length;
  out.found = [found.textContent];
  key("Enter", search);
  out.found.push(found.textContent);
  key("Enter", search, { shiftKey: true });
  out.found.push(found.textContent);
  key("Escape", search);
  out.cleared = [found.textContent, document.querySelectorAll(".box.match").length];

  document.getElementById("box-0").focus();
  out.followed = ["n", "n", "p"].map((name) => {
    key(name, document.activeElement);
    return document.activeElement.id;
  });
  out.routesShown = document.querySelectorAll(".route.shown").length;
  document.getElementById("fit").click();
  out.allByButton = view();
  out.boxes = document.querySelectorAll(".box").length;
  out.focusable = document.querySelectorAll('.box[tabindex="0"]').length;
  document.querySelector("details").open = true;
  document.querySelector("footer a").click();
  out.linked = document.activeElement.id;
  document.title = `RESULT ${JSON.stringify(out)}`;
})();
