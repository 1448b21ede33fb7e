// Asks for the page again and puts in place what has changed; what the reader has opened, reached or marked stays as it is.
(() => {
  "use strict";
  const EVERY = 5000;
  const renewed = document.getElementById("renewed");
  const news = document.getElementById("news");

  const focusable = (part) => [...part.querySelectorAll("a[href], summary, [tabindex]")];

  const replace = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    const opened = new Map([...old.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
    for (const one of fresh.querySelectorAll("details[id]")) {
      if (opened.has(one.id)) one.open = opened.get(one.id);
    }
    if (old.isEqualNode(fresh)) return;
    const scrolled = [...old.querySelectorAll(".scroll")].map((one) => one.scrollLeft);
    const at = focusable(old).indexOf(document.activeElement);
    old.replaceWith(fresh);
    fresh.querySelectorAll(".scroll").forEach((one, number) => { one.scrollLeft = scrolled[number] || 0; });
    if (at >= 0) focusable(fresh)[at]?.focus({ preventScroll: true });
  };

  const put = (page) => {
    replace(document.getElementById("top"), page.getElementById("top"));
    const main = document.getElementById("content");
    const fresh = [...page.getElementById("content").children];
    const wanted = new Set(fresh.map((one) => one.id));
    for (const one of [...main.children]) if (!wanted.has(one.id)) one.remove();
    let before = null;
    for (const one of fresh) {
      const old = document.getElementById(one.id);
      if (old) replace(old, one);
      else if (before) before.after(one);
      else main.prepend(one);
      before = document.getElementById(one.id);
    }
    if (document.title !== page.title) {
      document.title = page.title;
      news.textContent = page.title;
    }
  };

  const said = (text, stale) => {
    renewed.textContent = text;
    if (stale && document.body.className !== "stale") news.textContent = text;
    document.body.className = stale ? "stale" : "";
  };

  const renew = async () => {
    const reading = document.getSelection();
    if (document.hidden || (reading && !reading.isCollapsed)) return;
    const time = new Date().toLocaleTimeString();
    try {
      const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(30000) });
      if (!answer.ok) throw new Error(answer.statusText);
      put(new DOMParser().parseFromString(await answer.text(), "text/html"));
      said(`Renewed at ${time}.`, false);
    } catch {
      said(`Not renewed since ${time}: no answer. What you see is what was last said.`, true);
    }
  };

  const run = async () => {
    await renew();
    setTimeout(run, EVERY);
  };
  setTimeout(run, EVERY);
  document.addEventListener("visibilitychange", renew);
})();
