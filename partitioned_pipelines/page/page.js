"use strict";
// Moves what the page shows: the cursor in strips and calendars, the filter, keys, copying, the pages of a file, and parts that changed.
// Text goes to the page as textContent only.
(() => {
  const root = document.documentElement;
  const $ = (selector, of = document) => of.querySelector(selector), $$ = (selector, of = document) => [...of.querySelectorAll(selector)];
  const kept = (name, value) => { try { return value === undefined ? localStorage[name] : (localStorage[name] = value); } catch { return undefined; } };
  if (["light", "dark"].includes(kept("theme"))) root.dataset.theme = kept("theme"); // before anything is painted

  const NAME = {t: "there", b: "rolled back", o: "there, a newer run failed", r: "running", f: "failed", s: "nothing to do", m: "missing", ".": "not due yet"};
  const DAY = 864e5;
  const day = text => Date.parse(text.slice(0, 10) + "T00:00Z"), iso = time => new Date(time).toISOString().slice(0, 10);
  const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
  const size = n => { const units = ["B", "KB", "MB", "GB", "TB", "PB"]; let k = 0; while (n >= 999.95 && k < 5) { n /= 1000; k++; } return (k ? n.toFixed(1) : n) + " " + units[k]; };
  const make = (name, text, className) => { const made = document.createElement(name); if (text) made.textContent = text; if (className) made.className = className; return made; };
  let main, tip, say, home, suffix, win, inFile;

  /* Pages of a file: all but the first lie in templates. */
  function show(event) {
    const [path, query = ""] = location.hash.slice(1).split("?"), given = new URLSearchParams(query);
    const route = decodeURIComponent(path || "/"), number = given.get("page");
    const found = number && document.getElementById(`page:${route}?page=${number}`) || document.getElementById("page:" + route);
    const first = route === "/" && !number, page = found || document.getElementById("page:missing");
    main.replaceChildren(...(first ? home : [page.content.cloneNode(true)]));
    const h1 = $("h1", main), section = first ? "lake" : page.dataset.section;
    $$("header.top nav a").forEach((a, k) => ["lake", "runs", "cost"][k] === section ? a.setAttribute("aria-current", "page") : a.removeAttribute("aria-current"));
    document.title = (first ? h1.textContent : page.dataset.title) + suffix;
    if (WINDOWS.includes(+given.get("window"))) win = +given.get("window");
    ready();
    const cal = $(".cal", main), at = given.get("at");
    if (cal && at) pick(cal, indexOf(cal, at));
    if (first && given.has("q")) { $("input[type=search]", main).value = given.get("q"); filter(); }
    if (event) { h1.focus({preventScroll: true}); scrollTo(0, 0); }
  }

  /* Strips: one focusable thing for a row. Arrows walk its days, n and p its exceptions. */
  const WINDOWS = [30, 90, 400], PAD = 1.006;
  const grid = () => $(".grid", main), days = () => +grid().dataset.days, begin = () => days() - win;
  const cells = strip => strip.cells ??= [...strip.dataset.c.matchAll(/(\d+)(?:-|\((.*?)\)|(\D))/g)].flatMap(([, n, several, one]) => Array(+n).fill(several || one || ""));
  const spoken = cell => cell.length > 1 ? [...cell.matchAll(/(\d+)(\D)/g)].map(([, n, letter]) => `${n} ${NAME[letter]}`).join(", ") : NAME[cell] || "no interval";
  const dateOf = (strip, at) => iso(day(grid().dataset.first) + at * DAY).slice(0, strip.dataset.step === "month" ? 7 : 10);
  function frame() {
    if (!grid()) return;
    $$(".strip svg", main).forEach(svg => svg.setAttribute("viewBox", `${begin()} 0 ${win * PAD} 16`));
    $$("[data-win]", main).forEach(a => +a.dataset.win === win ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
    $$(".axis text,.axis line", main).forEach(mark => {
      const at = (+mark.dataset.d - begin()) / win * 100, text = mark.tagName === "text";
      mark.setAttribute("visibility", at < 0 || at > (text ? 95 : 100) ? "hidden" : "visible");
      for (const name of text ? ["x"] : ["x1", "x2"]) mark.setAttribute(name, at + "%");
    });
  }
  function move(strip, at, x) {
    strip.at = at = clamp(at, begin(), days() - 1);
    strip.classList.add("on");
    const share = (at + .5 - begin()) / win / PAD, text = `${dateOf(strip, at)} · ${spoken(cells(strip)[at] || "")}`, box = strip.getBoundingClientRect();
    $(".cur", strip).style.left = `calc(${share * 100}% - 1px)`;
    strip.setAttribute("aria-valuenow", at);
    strip.setAttribute("aria-valuetext", text);
    tip.textContent = text;
    tip.style.display = "block";
    tip.style.left = clamp((x ?? box.left + share * box.width) - tip.offsetWidth / 2, 8, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = box.top - tip.offsetHeight - 6 + "px";
  }
  const leave = strip => { strip.classList.remove("on"); tip.style.display = "none"; };
  const open = strip => { location.href = `${strip.dataset.href}?at=${dateOf(strip, strip.at)}`; };
  function walk(strip, key) {
    const step = {ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30}[key];
    let at = strip.at;
    if (step) at += step;
    else if (key === "Home") at = begin();
    else if (key === "End") at = days() - 1;
    else if (key === "n" || key === "p") {
      const found = cells(strip), towards = key === "n" ? 1 : -1;
      for (let k = at + towards; k >= begin() && k < days(); k += towards) if (/[fmrbo]/.test(found[k] || "")) { at = k; break; }
    } else if (key === "ArrowUp" || key === "ArrowDown") {
      const rows = $$(".strip", main).filter(each => each.offsetParent), other = rows[rows.indexOf(strip) + (key === "ArrowDown" ? 1 : -1)];
      if (other) { other.at = at; other.focus(); }
      return true;
    } else if (key === "Enter") { open(strip); return true; } else return false;
    move(strip, at);
    return true;
  }

  /* The calendar: the picked interval beside it. */
  function data(cal) {
    if (!cal.data) {
      const [d, places] = $$("script", cal.closest("section")).map(each => JSON.parse(each.textContent));
      d.starts ??= places.map((_, k) => iso(day(d.first) + k * DAY));
      cal.data = {...d, places};
    }
    return cal.data;
  }
  function indexOf(cal, at) {
    const {starts} = data(cal), same = starts.findLastIndex(start => start.startsWith(at));
    return same >= 0 ? same : Math.max(0, starts.findLastIndex(start => start.slice(0, at.length) <= at));
  }
  function pick(cal, index) {
    const d = data(cal), i = clamp(index, 0, d.starts.length - 1), letter = d.states[i], rows = +cal.dataset.rows, pitch = +cal.dataset.pitch;
    const label = d.labels ? d.labels[i] : d.starts[i], rect = $(".pick", cal), panel = $("#panel", main), dl = make("dl");
    rect.setAttribute("x", 36.5 + Math.floor(d.places[i] / rows) * pitch);
    rect.setAttribute("y", 16.5 + d.places[i] % rows * pitch);
    cal.setAttribute("aria-valuenow", i);
    cal.setAttribute("aria-valuetext", `${label}, ${NAME[letter]}`);
    const fact = (name, value) => { const dd = make("dd"); dd.append(...[value].flat()); dl.append(make("dt", name), dd); };
    if (d.rows && d.rows[i] != null) fact("rows", d.rows[i].toLocaleString("en"));
    if (d.objects[i]) { fact("bytes", size(d.bytes[i])); fact("objects", d.objects[i].toLocaleString("en")); }
    const run = d.runs[i] == null ? "" : d.runIds[d.runs[i]], [why, cause] = d.texts[d.whys[i]];
    if (run) fact("run", link("/run/" + run, run, "m"));
    if (why) fact("why", cause ? [why + " ", link("/table/" + cause, cause)] : why);
    $("h3", panel).textContent = label;
    $(".st span", panel).textContent = NAME[letter];
    $("use", panel).setAttribute("href", "#g-" + (letter === "." ? "n" : letter));
    $("dl", panel).replaceWith(dl);
    const end = d.starts[i + 1] || d.ends;
    $(".cmd", panel).textContent = d.command + (d.ends ? ` --from ${d.starts[i]} --to ${end}` : ` --date ${d.starts[i]}`) + d.options;
    $(".copy", panel).hidden = !"fmo".includes(letter);
  }
  function link(path, text, className) {
    if (inFile && !document.getElementById("page:" + path)) return make("span", text, className);
    const a = make("a", text, className);
    a.href = (inFile ? "#" : "") + path.split("/").map(encodeURIComponent).join("/");
    return a;
  }

  /* Keys. */
  let gone = 0;
  function hot(key) {
    const section = gone && Date.now() - gone < 900 ? "hrc".indexOf(key) : -1;
    gone = key === "g" ? Date.now() : 0;
    if (section >= 0) $$("header.top nav a")[section].click();
    else if (key === "/") { const field = $("input[type=search]", main); field?.focus(); return Boolean(field); }
    else if (key === "?") $("#keys").showModal();
    else if (key === "t") theme();
    else return false;
    return true;
  }
  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    kept("theme", root.dataset.theme = dark ? "light" : "dark");
  }
  function filter() {
    const wanted = $("input[type=search]", main).value.toLowerCase();
    const rows = $$(".grid tbody tr", main), shown = rows.filter(row => !(row.hidden = !row.dataset.q.includes(wanted)));
    const strips = $$(".strip", main);
    strips.forEach(strip => { strip.tabIndex = -1; });
    const reached = strips.find(strip => strip.offsetParent);
    if (reached) reached.tabIndex = 0;
    say.textContent = `${shown.length} of ${rows.length} tables`;
  }
  function copy(button) {
    const from = $(".cmd", button.closest("li,.copy")), done = text => { button.textContent = say.textContent = text; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
    const select = () => { getSelection().selectAllChildren(from); done("Selected"); };
    navigator.clipboard ? navigator.clipboard.writeText(from.textContent).then(() => done("Copied"), select) : select();
  }

  /* A server: older lines of a log, and parts of the page that changed. */
  async function older(button) {
    const log = $("pre", button.closest("details")), {older: address, shown, after} = button.dataset;
    button.disabled = true;
    try {
      const answer = await fetch(`${address}?${after ? "after=" + encodeURIComponent(after) : "shown=" + shown}`), found = await answer.json();
      if (!answer.ok) throw Error(found.error);
      log.prepend(found.lines.map(line => line + "\n").join(""));
      button.dataset.after = found.next || "";
      button.hidden = !found.next;
      say.textContent = `${found.lines.length} older lines`;
    } catch (error) { button.after(make("span", ` ${error.message}`)); }
    button.disabled = false;
  }
  async function look() {
    const again = () => setTimeout(look, 1000 * (root.dataset.every || 60));
    if (document.hidden) { document.addEventListener("visibilitychange", look, {once: true}); return; }
    try {
      const answer = await fetch(root.dataset.live, {method: "HEAD"});
      if (answer.status === 401) { say.textContent = $("#as-of").textContent = "the session has ended: open the address that pipelines ui printed"; return; }
      const version = (answer.headers.get("ETag") || "").replace(/^W\/|"/g, "");
      if (answer.ok && version !== root.dataset.version) await refresh();
    } catch { $("#as-of").textContent = "pipelines ui does not answer; what is shown may be old"; }
    again();
  }
  async function refresh() {
    const answer = await fetch(location.href), page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) return;
    const before = $("h1", main).textContent, focused = document.activeElement, at = focused.at, typed = $("input[type=search]", main)?.value;
    $$("[data-part]").forEach(part => page.getElementById(part.id) || part.remove());
    for (const part of $$("[data-part]", page)) {
      const old = document.getElementById(part.id);
      if (old && !old.isEqualNode(part)) old.replaceWith(document.adoptNode(part));
      else if (!old && part.closest("main")) main.append(document.adoptNode(part));
    }
    Object.assign(root.dataset, page.documentElement.dataset.version ? {version: page.documentElement.dataset.version, every: page.documentElement.dataset.every} : {});
    document.title = page.title;
    ready();
    const field = $("input[type=search]", main);
    if (field && typed) { field.value = typed; filter(); }
    const same = focused.id && document.getElementById(focused.id);
    if (same && same !== focused) { same.at = at; same.focus({preventScroll: true}); }
    if ($("h1", main).textContent !== before) say.textContent = $("h1", main).textContent;
  }

  /* What has to be done with each page, however it came. */
  function ready() {
    $$("[data-copy],[data-older]", main).forEach(button => { button.hidden = false; });
    frame();
    const cal = $(".cal", main);
    if (cal) cal.parentNode.scrollLeft = 1e6;
    $$("pre.log", main).forEach(log => { log.scrollTop = 1e6; });
  }
  function near(event, on) {
    const card = event.target.closest?.("[data-near]"), lake = card?.closest(".lake");
    if (!lake) return;
    const keep = new Set(card.dataset.near.split(" "));
    $$("[data-id]", lake).forEach(each => each.classList.toggle("dim", on && !keep.has(each.dataset.id)));
    $$(".e", lake).forEach(edge => { const kept = keep.has(edge.dataset.a) && keep.has(edge.dataset.b); edge.classList.toggle("hot", on && kept); edge.classList.toggle("dim", on && !kept); });
  }
  function listen() {
    main.addEventListener("pointermove", event => {
      const strip = event.target.closest?.(".strip");
      $$(".strip.on").forEach(other => other !== strip && other !== document.activeElement && leave(other));
      if (!strip) { tip.style.display = "none"; return; }
      const box = strip.getBoundingClientRect();
      move(strip, Math.floor((event.clientX - box.left) / box.width * win * PAD + begin()), event.clientX);
    });
    main.addEventListener("focusin", event => {
      const strip = event.target.closest?.(".strip");
      if (!strip) return near(event, true);
      $$(".strip[tabindex='0']", main).forEach(other => { other.tabIndex = -1; });
      strip.tabIndex = 0;
      move(strip, strip.at ?? days() - 1);
    });
    main.addEventListener("focusout", event => { const strip = event.target.closest?.(".strip"); strip ? leave(strip) : near(event, false); });
    main.addEventListener("pointerover", event => near(event, true));
    main.addEventListener("pointerout", event => near(event, false));
    main.addEventListener("input", event => { if (event.target.type === "search") filter(); });
    main.addEventListener("submit", event => { if (inFile) event.preventDefault(); });
    main.addEventListener("click", event => {
      const of = selector => event.target.closest(selector), strip = of(".strip"), button = of("[data-copy]"), wide = of("[data-win]"), cal = of(".cal"), more = of("[data-older]");
      if (strip) open(strip);
      if (button) copy(button);
      if (more) older(more);
      if (wide && !event.ctrlKey && !event.metaKey) { event.preventDefault(); win = +wide.dataset.win; frame(); history.replaceState(null, "", wide.href); }
      if (cal) {
        const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(cal.getScreenCTM().inverse()), pitch = +cal.dataset.pitch, rows = +cal.dataset.rows;
        const column = Math.floor((point.x - 38) / pitch), row = Math.floor((point.y - 18) / pitch), found = data(cal).places.indexOf(column * rows + row);
        if (found >= 0 && row >= 0 && row < rows) pick(cal, found);
      }
    });
    document.addEventListener("keydown", event => {
      const {key} = event, active = document.activeElement, typing = /^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (key === "Escape") { if (typing) active.blur(); tip.style.display = "none"; return; }
      if (typing || $("dialog[open]")) return;
      const letters = kept("letters") !== "off", strip = active.closest?.(".strip"), cal = active.closest?.(".cal");
      let done = strip && (key.length > 1 || letters) && walk(strip, key);
      if (cal) {
        const rows = +cal.dataset.rows, step = {ArrowLeft: -rows, ArrowRight: rows, ArrowUp: -1, ArrowDown: 1, Home: -1e6, End: 1e6}[key];
        if (step) { pick(cal, +cal.getAttribute("aria-valuenow") + step); done = true; }
        else if (key === "Enter") { $("#panel a", main)?.click(); done = true; }
      }
      if (done || letters && hot(key)) event.preventDefault();
    });
    $("#theme").addEventListener("click", theme);
    $(".skip").addEventListener("click", event => { event.preventDefault(); $("h1", main).focus(); });
    $("#letters").checked = kept("letters") !== "off";
    $("#letters").addEventListener("change", event => kept("letters", event.target.checked ? "on" : "off"));
  }

  function start() {
    const form = $("#sign-in");
    if (form) {
      const token = new URLSearchParams(location.hash.slice(1)).get("token");
      if (token) { history.replaceState(null, "", "/"); form.elements.token.value = token; form.submit(); }
      return;
    }
    [main, tip, say] = ["#main", "#tip", "#say"].map(id => $(id));
    inFile = Boolean(document.getElementById("page:missing"));
    suffix = document.title.slice(document.title.lastIndexOf(" · "));
    win = innerWidth < 721 && !/[?&]window=/.test(location.href) ? 90 : +grid()?.dataset.window || 400;
    $$("#theme,#keys-hint").forEach(each => { each.hidden = false; });
    listen();
    if (inFile) { home = [...main.childNodes]; addEventListener("hashchange", show); show(); return; }
    ready();
    try { if (sessionStorage.seen && performance.getEntriesByType("navigation")[0]?.type === "navigate") $("h1", main)?.focus({preventScroll: true}); sessionStorage.seen = 1; } catch {}
    if (root.dataset.live) setTimeout(look, 1000 * root.dataset.every);
  }
  document.readyState === "loading" ? addEventListener("DOMContentLoaded", start) : start();
})();
