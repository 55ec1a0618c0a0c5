// Comfort, not more: every page works without it. Lists are put in order, filtered and turned over without
// a new page; the address says what is shown, as it does without the script.
"use strict";
(() => {
  const parts = () => document.querySelectorAll("[data-replace]");
  if (!parts().length) return;
  let asked = 0;

  const show = async (address) => {
    const turn = ++asked;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A later question has overtaken this one.
    if (turn !== asked) return false;
    for (const part of parts()) {
      const next = page.querySelector(`[data-replace="${part.dataset.replace}"]`);
      if (next) part.replaceWith(document.importNode(next, true));
    }
    document.title = page.title;
    return true;
  };

  const go = async (address) => {
    try {
      if (await show(address)) history.pushState(null, "", address);
    } catch {
      location.assign(address);
    }
  };

  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-sort], [data-replace] .pages a");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const text = link.textContent;
    await go(link.href);
    const same = [...document.querySelectorAll("[data-replace] a")].find((it) => it.textContent === text);
    if (same) same.focus({ preventScroll: true });
  });

  const field = document.querySelector("[data-search]");
  if (field) {
    let timer;
    field.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const query = new URLSearchParams(new FormData(field.form));
        for (const [name, value] of [...query]) if (!value) query.delete(name);
        const address = `${location.pathname}${query.size ? "?" : ""}${query}`;
        show(address).then((shown) => shown && history.replaceState(null, "", address), () => {});
      }, 200);
    });
  }

  addEventListener("popstate", () => location.reload());
})();
