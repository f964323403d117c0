// The box of the search: in a dialog on every page, or in the middle of the search page.
// A page opened from disk may not fetch: the index and what ranks it are scripts, loaded when the box is first used.
(() => {
  const home = new URL("../../", document.currentScript.src);
  const BY_WORDS = book.search.BY_WORDS; // the build writes the lists of files here
  const BY_MEANING = book.search.BY_MEANING;
  const MOST = 12; // results in the dialog
  const MOST_ON_PAGE = 40;
  const TIPS = "Try other words, fewer words, or the name as it stands in code.";

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  const scripts = (files) =>
    Promise.all(
      files.map(
        (file) =>
          new Promise((resolve, reject) => {
            const script = make("script", { src: new URL(file, home) });
            script.onload = resolve;
            script.onerror = () => reject(new Error(`the file ${file} is missing`));
            document.head.append(script);
          }),
      ),
    );
  // The words first, so that a first answer comes soon; then what finds by meaning, and the answer again.
  let loaded, understood;
  const load = () => (loaded ??= scripts(BY_WORDS).then(() => window.bookSearch()));
  const understand = () =>
    (understood ??= load()
      .then(() => scripts(BY_MEANING))
      .then(() => (window.bookLikeness = BookMeaning.load(meaningTable, sectionMeaning))));

  const withMarks = (text, terms) =>
    BookSearch.marked(text, terms).map(([piece, found]) => (found ? make("mark", {}, piece) : piece));

  const result = ({ section, terms }, id) => {
    const shown = section.answer || BookSearch.sentence(section.text, terms);
    return make(
      "a",
      { id, class: "search-result", role: "option", tabindex: -1, "aria-selected": "false", href: new URL(section.url, home) },
      make("span", { class: "search-path" }, section.path),
      make("span", { class: "search-heading" }, ...withMarks(section.heading, terms)),
      make("span", { class: "search-answer" }, ...withMarks(shown, terms)),
    );
  };

  const box = (name, most) => {
    const input = make("input", {
      type: "search", name: "q", role: "combobox", "aria-label": "Search the book", "aria-autocomplete": "list",
      "aria-expanded": "false", "aria-controls": `${name}-list`, placeholder: "Ask a question, or type a word or an error",
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search",
    });
    const status = make("p", { class: "search-status", role: "status" });
    const list = make("div", { id: `${name}-list`, class: "search-results", role: "listbox", "aria-label": "Sections found", hidden: "" });
    let options = [];
    let active = -1;

    const activate = (next) => {
      options[active]?.setAttribute("aria-selected", "false");
      active = next;
      options[active]?.setAttribute("aria-selected", "true");
      options[active]?.scrollIntoView({ block: "nearest" });
      if (options[active]) input.setAttribute("aria-activedescendant", options[active].id);
      else input.removeAttribute("aria-activedescendant");
    };

    let waits = true; // for what finds by meaning
    let chosen = false; // by an arrow: the results then stay where they are
    const again = () => {
      if (waits) understand().then(() => chosen || show(), () => {});
      waits = false;
    };
    const show = async () => {
      const question = input.value.trim();
      if (question && !status.textContent) status.textContent = "Loading the index …";
      let found = [];
      try {
        const search = await load();
        if (question !== input.value.trim()) return; // the reader has gone on typing
        found = question ? search(question) : [];
      } catch (error) {
        status.textContent = `The search cannot start: ${error.message}.`;
        return;
      }
      options = found.slice(0, most).map((one, i) => result(one, `${name}-${i}`));
      list.replaceChildren(...options);
      list.hidden = !options.length;
      input.setAttribute("aria-expanded", String(options.length > 0));
      activate(options.length ? 0 : -1);
      list.scrollTop = 0;
      const count = found.length === 1 ? "1 section" : `${found.length} sections`;
      const best = found.length > most ? `, the best ${most} first` : "";
      again();
      if (!question) status.textContent = "";
      else status.textContent = found.length ? `${count} found${best}.` : `Nothing found for “${question}”. ${TIPS}`;
    };

    input.addEventListener("input", () => {
      chosen = false;
      show();
    });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !options.length) return;
      const to = { ArrowDown: (active + 1) % options.length, ArrowUp: (active - 1 + options.length) % options.length }[event.key];
      if (to !== undefined) {
        chosen = true;
        activate(to);
      } else if (event.key === "Enter") options[active].click();
      else return;
      event.preventDefault();
    });
    return { input, status, list, show };
  };

  // The search page: its address keeps the question.
  const place = document.querySelector(".search-page");
  if (place) {
    const { input, status, list, show } = box("search-page", MOST_ON_PAGE);
    place.append(input, status, list);
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    input.addEventListener("input", () => {
      history.replaceState(null, "", `?${new URLSearchParams({ q: input.value })}`);
    });
    input.focus();
    if (input.value) show();
  }

  // All other pages: a dialog, made when it is first opened.
  let dialog;
  const open = () => {
    if (place) return place.querySelector("input").select();
    if (!dialog) {
      const { input, status, list } = box("search-dialog", MOST);
      const close = make("button", { type: "button", class: "search-close" }, "Close");
      dialog = make("dialog", { id: "search-dialog", "aria-label": "Search" }, make("div", { class: "search-top" }, input, close), status, list);
      close.addEventListener("click", () => dialog.close());
      input.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || event.isComposing) return;
        event.preventDefault(); // some browsers would empty the box first
        dialog.close();
      });
      dialog.addEventListener("click", ({ target }) => {
        if (target === dialog || target.closest("a")) dialog.close(); // beside it, or to a section of this page
      });
      document.body.append(dialog);
    }
    if (!dialog.open) dialog.showModal();
    understand().catch(() => {}); // while the reader types; show() tells what is wrong
    dialog.querySelector("input").select();
  };

  const mac = /mac|iphone|ipad/i.test(navigator.platform);
  for (const button of document.querySelectorAll(".search-open")) {
    if (mac) button.querySelector("kbd").textContent = "⌘ K";
    button.addEventListener("click", open);
  }
  window.addEventListener("keydown", (event) => {
    const writing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const letter = event.key.toLowerCase() === "k" && (mac ? event.metaKey : event.ctrlKey) && !event.altKey && !event.shiftKey;
    const slash = event.key === "/" && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!letter && !slash) return;
    event.preventDefault();
    if (letter && dialog?.open) dialog.close();
    else open();
  });
})();
