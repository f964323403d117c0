// Shows the note of a term (see book/extensions/glossary_links.py) while the pointer is on its link or on the
// note, and while its link has the keyboard's focus. Escape hides it. A first tap shows it, a second one follows the link.
(() => {
  let link = null; // the one whose note is shown
  let timer = 0;

  const noteOf = (term) => document.getElementById(term.getAttribute("aria-describedby"));

  const place = () => {
    if (!link) return;
    const note = noteOf(link);
    const room = document.documentElement;
    const at = link.getClientRects()[0]; // a link may run over two lines
    if (!at || at.bottom < 0 || at.top > room.clientHeight) return hide();
    const left = Math.min(at.left, room.clientWidth - note.offsetWidth - 8);
    const above = at.top - note.offsetHeight - 6;
    const fits = at.bottom + 6 + note.offsetHeight <= room.clientHeight - 8;
    note.style.left = `${Math.max(8, left)}px`;
    note.style.top = `${fits || above < 8 ? at.bottom + 6 : above}px`;
  };

  const hide = () => {
    clearTimeout(timer);
    if (link) noteOf(link).hidePopover();
    link = null;
  };

  const show = (term) => {
    clearTimeout(timer);
    if (term === link || !noteOf(term)?.showPopover) return; // an old browser has the link alone
    hide();
    link = term;
    noteOf(term).showPopover();
    place();
  };

  const later = (milliseconds, what) => {
    clearTimeout(timer);
    timer = setTimeout(what, milliseconds);
  };

  let touched = false; // whether the last press was a finger's
  // What a finger opened stays when a mouse that lies still hears that the page moved below it.
  const leave = () => touched || later(200, hide);

  document.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType === "touch") return;
    const term = target.closest("a.gloss");
    if (term) later(term === link ? 0 : 100, () => show(term));
    else if (link && target.closest(".gloss-note")) clearTimeout(timer);
    else if (link?.matches(":focus-visible")) clearTimeout(timer);
    else leave();
  });
  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    touched = pointerType === "touch";
    if (touched && !target.closest("a.gloss, .gloss-note")) hide();
  });
  document.addEventListener("click", (press) => {
    const term = press.target.closest("a.gloss");
    if (!term || !touched || term === link || !noteOf(term)?.showPopover) return;
    press.preventDefault();
    show(term);
  });
  document.documentElement.addEventListener("pointerleave", leave);
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches("a.gloss:focus-visible")) show(target);
  });
  document.addEventListener("focusout", ({ target }) => target === link && hide());
  document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());
  document.addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("resize", place);
  addEventListener("pagehide", hide);
})();
