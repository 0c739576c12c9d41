// What scripts add to pages that work without them: `/` to search, a copy button, a warning before
// unsaved text is left, folds that stand open on wide screens of older browsers. Nothing else.
(() => {
  "use strict";

  const typing = (element) =>
    element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const field = document.getElementById("ui.search") || document.getElementById("ui.q");
    if (!field) return;
    const fold = field.closest("details");
    if (fold && !field.checkVisibility?.()) fold.open = true;
    event.preventDefault();
    field.focus();
    field.select();
  });

  for (const button of document.querySelectorAll("button[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    const status = button.parentElement.querySelector("[role=status]");
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent);
        status.textContent = button.dataset.done;
        button.classList.add("copy-done");
        setTimeout(() => {
          status.textContent = "";
          button.classList.remove("copy-done");
        }, 4000);
      } catch {
        // No leave to copy: mark the text, so that one key press does it.
        getSelection().selectAllChildren(source);
      }
    });
  }

  for (const form of document.querySelectorAll("form[data-guard]")) {
    // A text that was posted and came back (preview, complaint, clash) is unsaved from the start.
    const returned = "unsaved" in form.dataset || Boolean(document.querySelector(".preview, [role=alert]"));
    let leaving = false;
    const differs = (field) => {
      if (field.type === "checkbox") return field.checked !== field.defaultChecked;
      if (field.options) return [...field.options].some((option) => option.selected !== option.defaultSelected);
      return "defaultValue" in field && field.value !== field.defaultValue;
    };
    const changed = () => returned || [...form.elements].some(differs);
    form.addEventListener("submit", () => {
      leaving = true;
    });
    addEventListener("pageshow", () => {
      leaving = false;
    });
    addEventListener("beforeunload", (event) => {
      if (!leaving && changed()) event.preventDefault();
    });
  }

  document.querySelector(".notice[tabindex='-1']")?.focus();

  // The middle of the map in the middle of its window.
  const picture = document.querySelector(".map-picture");
  const middle = picture?.querySelector(".map-root")?.getBoundingClientRect();
  if (middle) {
    const frame = picture.getBoundingClientRect();
    picture.scrollLeft += middle.left + middle.width / 2 - frame.left - picture.clientWidth / 2;
    picture.scrollTop += middle.top + middle.height / 2 - frame.top - picture.clientHeight / 2;
  }

  if (!CSS.supports("selector(::details-content)")) {
    const wide = matchMedia("(min-width: 70rem)");
    const unfold = () => {
      for (const fold of document.querySelectorAll("details.fold")) fold.open = wide.matches;
    };
    unfold();
    wide.addEventListener("change", unfold);
  }
})();
