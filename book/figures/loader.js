// Draws the interactive figures of a page, each when it is near the screen and the reader has scrolled, pressed or
// touched anything, or points at it. Until then a still picture stands in its place, and a page loads nothing but
// this file. A live figure is higher than its still: moving the mouse over the text must not move the text. A page opened from disk may neither fetch nor import: all files are plain scripts.
// A figure's script calls WhatAndWhere.figure(name, draw), its numbers' file WhatAndWhere.data(name, data);
// draw(root, { d3, data, tools }) then builds the figure in the element `root`.
window.WhatAndWhere = (() => {
  const home = document.currentScript.src.replace(/[^/]*$/, "");
  const draw = {};
  const numbers = {};
  const loading = new Map();

  const load = (file) => {
    if (!loading.has(file)) {
      loading.set(
        file,
        new Promise((resolve, reject) => {
          const script = document.createElement("script");
          script.src = home + file;
          script.onload = resolve;
          script.onerror = () => reject(new Error(`the file ${file} is missing`));
          document.head.append(script);
        }),
      );
    }
    return loading.get(file);
  };

  const fail = (place, error) => {
    console.error(error);
    const note = document.createElement("p");
    note.className = "interactive-error";
    note.setAttribute("role", "alert");
    note.textContent = `This figure cannot be drawn here: ${error.message}. The picture shows its usual state.`;
    const body = place.querySelector(".interactive-body");
    body.replaceChildren(note, body.querySelector(".interactive-still"));
  };

  // Change a place, whose height changes with it. The text below it stays where it is if it is what the reader sees:
  // browsers do so by themselves ("scroll anchoring"), but for WebKit.
  const anchors = CSS.supports("overflow-anchor", "auto");
  const inPlace = (place, change) => {
    const { top, bottom } = place.getBoundingClientRect();
    change();
    if (anchors || top >= 0 || bottom >= innerHeight) return;
    scrollBy({ top: place.getBoundingClientRect().bottom - bottom, behavior: "instant" });
  };

  const start = async (place) => {
    const name = place.dataset.figure;
    const body = place.querySelector(".interactive-body");
    try {
      const files = ["d3.js", "tools.js", `${name}.js`];
      if ("numbers" in place.dataset) files.push(`data/${name}.js`);
      await Promise.all(files.map(load));
      if (!draw[name]) throw new Error(`the file ${name}.js does not define it`);
      const root = document.createElement("div");
      root.className = "interactive-root";
      draw[name](root, { d3: window.d3, data: numbers[name], tools: WhatAndWhere.tools });
      inPlace(place, () => {
        body.replaceChildren(root);
        place.dataset.state = "ready";
      });
    } catch (error) {
      place.dataset.state = "failed";
      inPlace(place, () => fail(place, error));
    }
  };

  const someone = new Promise((resolve) => {
    const signs = ["pointerdown", "keydown", "scroll", "focusin"];
    const here = ({ type, target }) => {
      if (type === "scroll" && target !== document) return; // the theme scrolls its sidebar
      signs.forEach((sign) => removeEventListener(sign, here, true));
      resolve();
    };
    signs.forEach((sign) => addEventListener(sign, here, { capture: true, passive: true }));
  });

  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        watcher.unobserve(target);
        const pointed = new Promise((resolve) => target.addEventListener("pointerenter", resolve, { once: true }));
        Promise.race([someone, pointed]).then(() => start(target));
      }
    },
    { rootMargin: "50% 0px" },
  );
  document.querySelectorAll("figure.interactive").forEach((place) => watcher.observe(place));

  return {
    figure: (name, build) => (draw[name] = build),
    data: (name, value) => (numbers[name] = value),
    tools: {},
  };
})();
