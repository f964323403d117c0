// What several figures need: elements, labelled native controls, text for everyone, numbers from base64.
WhatAndWhere.tools = (() => {
  let last = 0;
  const id = (stem) => `${stem}-${++last}`;

  // el("p", { class: "x", onclick: f }, "text", child): an HTML element.
  const el = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value === true) element.setAttribute(key, "");
      else if (value !== false && value !== undefined) element.setAttribute(key, value);
    }
    element.append(...children);
    return element;
  };

  // A labelled slider with its value beside it: { row, input, set(value) }. `format` says a value in words.
  const slider = ({ label, min, max, step = 1, value, format = String, change }) => {
    const input = el("input", { type: "range", id: id("slider"), min, max, step, value });
    const shown = el("output", { for: input.id });
    const show = () => {
      shown.value = format(Number(input.value));
      input.setAttribute("aria-valuetext", shown.value);
    };
    input.addEventListener("input", () => {
      show();
      change(Number(input.value));
    });
    show();
    const row = el("div", { class: "control" }, el("label", { for: input.id }, label), input, shown);
    const set = (to) => {
      input.value = to;
      show();
    };
    return { row, input, set };
  };

  // A labelled list to pick one from: { row, input }. `options`: [value, text] pairs.
  const select = ({ label, options, value, change }) => {
    const input = el("select", { id: id("select"), onchange: () => change(input.value) });
    input.append(
      ...options.map(([key, text]) => el("option", { value: key, selected: key === value }, text)),
    );
    const row = el("div", { class: "control" }, el("label", { for: input.id }, label), input);
    return { row, input };
  };

  // A labelled tick box: { row, input }.
  const checkbox = ({ label, checked, change }) => {
    const input = el("input", { type: "checkbox", checked, onchange: () => change(input.checked) });
    const row = el("label", { class: "tick" }, input, ...[label].flat());
    return { row, input };
  };

  // The sentence that says the result; screen readers read it when it changes.
  const saying = () => el("p", { class: "says", "aria-live": "polite" });

  // A button that takes a step again and again, or one where motion is reduced: { button, stop }. While it plays, what
  // the figure says is not read out.
  const player = ({ step, every, once, says }) => {
    const reduced = matchMedia("(prefers-reduced-motion: reduce)");
    const button = el("button", { type: "button", onclick: press });
    let timer = null;
    function stop() {
      clearInterval(timer);
      timer = null;
      says.setAttribute("aria-live", "polite");
      button.textContent = reduced.matches ? once : "Play";
    }
    function press() {
      if (reduced.matches) return step();
      if (timer) return stop();
      says.setAttribute("aria-live", "off");
      button.textContent = "Pause";
      timer = setInterval(step, every);
    }
    reduced.addEventListener("change", stop);
    stop();
    return { button, stop };
  };

  // Typed arrays from base64, little-endian: decode(text, Float32Array).
  const decode = (text, Type) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    return new Type(bytes.buffer);
  };

  // A table: head is a list of texts, rows are lists of texts or elements, the first cell names its row.
  const table = (caption, head, rows) =>
    el(
      "table",
      {},
      el("caption", {}, caption),
      el("thead", {}, el("tr", {}, ...head.map((text) => el("th", { scope: "col" }, text)))),
      el(
        "tbody",
        {},
        ...rows.map(([name, ...cells]) =>
          el("tr", {}, el("th", { scope: "row" }, name), ...cells.map((cell) => el("td", {}, cell))),
        ),
      ),
    );

  return { id, el, slider, select, checkbox, saying, player, decode, table };
})();
