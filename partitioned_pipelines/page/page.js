"use strict";
// Moves what the page shows: strips, calendars, the filter, keys, the pages of a file, and parts that changed. It writes textContent only.
(() => {
  const root = document.documentElement, byId = id => document.getElementById(id), DAY = 864e5, WINDOWS = [30, 90, 400], PAD = 1.006, QUIET = {preventScroll: true};
  const $ = (selector, of = main) => of.querySelector(selector), $$ = (selector, of = main) => [...of.querySelectorAll(selector)];
  const set = (element, values) => { for (const name in values) element.setAttribute(name, values[name]); };
  const on = (element, types, listener) => { for (const type of types.split(" ")) element.addEventListener(type, listener); };
  const kept = (name, value) => { try { return value ? (localStorage[name] = value) : localStorage[name]; } catch { return value; } };
  const clamp = (value, least, most) => Math.max(least, Math.min(most, value));
  const NAME = {t: "there", b: "rolled back", o: "there, a newer run failed", r: "running", f: "failed", s: "nothing to do", m: "missing", ".": "not due yet"};
  const day = text => Date.parse(text.slice(0, 10) + "T00:00Z"), iso = time => new Date(time).toISOString().slice(0, 10);
  const size = n => { let k = 0; for (; n >= 999.95 && k < 5; k++) n /= 1000; return `${k ? n.toFixed(1) : n} ${"B KB MB GB TB PB".split(" ")[k]}`; };
  const make = (name, text, className) => Object.assign(document.createElement(name), {textContent: text || "", className: className || ""});
  let main = document, tip, say, home, suffix, win, inFile, gone = 0;
  if (/^(light|dark)$/.test(kept("theme"))) root.dataset.theme = kept("theme"); // before anything is painted

  // Pages of a file: all but the first lie in templates.
  function show(event) {
    const [path, query] = location.hash.slice(1).split("?"), given = new URLSearchParams(query), route = decodeURIComponent(path || "/");
    const page = byId(`page:${route}?page=${given.get("page")}`) || byId("page:" + route) || route !== "/" && byId("page:missing");
    main.replaceChildren(...page ? [page.content.cloneNode(true)] : home);
    const h1 = $("h1"), cal = () => $(".cal"), at = given.get("at");
    current($$(".top nav a", document), (_, k) => ["lake", "runs", "cost"][k] === (page ? page.dataset.section : "lake"));
    document.title = (page ? page.dataset.title : h1.textContent) + suffix;
    if (WINDOWS.includes(+given.get("window"))) win = +given.get("window");
    ready();
    if (cal() && at) pick(cal(), indexOf(cal(), at));
    if (given.has("q") && grid()) { search().value = given.get("q"); filter(); }
    if (event) { h1.focus(QUIET); scrollTo(0, 0); }
  }
  const current = (links, is) => links.forEach((a, k) => is(a, k) ? set(a, {"aria-current": "page"}) : a.removeAttribute("aria-current"));

  // Strips: one focusable thing for a row. Arrows walk its days, n and p its exceptions.
  const grid = () => $(".grid"), days = () => +grid().dataset.days, begin = () => days() - win, search = () => $("input[type=search]");
  const cells = strip => strip.cells ??= [...strip.dataset.c.matchAll(/(\d+)(?:-|\((.*?)\)|(\D))/g)].flatMap(([, n, several, one]) => Array(+n).fill(several || one || ""));
  const spoken = (cell = "") => cell.length > 1 ? [...cell.matchAll(/(\d+)(\D)/g)].map(([, n, letter]) => `${n} ${NAME[letter]}`).join(", ") : NAME[cell] || "no interval";
  const dateOf = strip => iso(day(grid().dataset.first) + strip.at * DAY).slice(0, strip.dataset.step === "month" ? 7 : 10);
  function frame() {
    if (!grid()) return;
    $$(".strip svg").forEach(svg => set(svg, {viewBox: `${begin()} 0 ${win * PAD} 16`}));
    current($$("[data-win]"), a => +a.dataset.win === win);
    $$(".axis [data-d]").forEach(mark => {
      const at = (mark.dataset.d - begin()) / win * 100, text = mark.tagName === "text", x = at + "%";
      set(mark, {visibility: at < 0 || at > (text ? 95 : 100) ? "hidden" : "visible", ...text ? {x} : {x1: x, x2: x}});
    });
  }
  function move(strip, at, x) {
    strip.at = at = clamp(at, begin(), days() - 1);
    strip.classList.add("on");
    const share = (at + .5 - begin()) / win / PAD, text = `${dateOf(strip)} · ${spoken(cells(strip)[at])}`, box = strip.getBoundingClientRect();
    $(".cur", strip).style.left = `calc(${share * 100}% - 1px)`;
    set(strip, {"aria-valuenow": at, "aria-valuetext": text});
    tip.textContent = text;
    tip.style.display = "block";
    tip.style.left = clamp((x ?? box.left + share * box.width) - tip.offsetWidth / 2, 8, innerWidth - tip.offsetWidth - 8) + "px";
    tip.style.top = box.top - tip.offsetHeight - 6 + "px";
  }
  const leave = strip => { strip.classList.remove("on"); tip.style.display = ""; };
  const open = strip => { location.href = `${strip.dataset.href}?at=${dateOf(strip)}`; };
  function walk(strip, key) {
    const towards = {n: 1, p: -1}[key], vertical = {ArrowDown: 1, ArrowUp: -1}[key];
    let at = {ArrowLeft: strip.at - 1, ArrowRight: strip.at + 1, PageUp: strip.at - 30, PageDown: strip.at + 30, Home: begin(), End: days() - 1}[key];
    if (towards) {
      for (at = strip.at + towards; at >= begin() && at < days() && !/[fmrbo]/.test(cells(strip)[at]); at += towards);
      if (at < begin() || at >= days()) at = strip.at;
    }
    if (vertical) {
      const rows = $$(".strip").filter(each => each.offsetParent), other = rows[rows.indexOf(strip) + vertical];
      if (other) { other.at = strip.at; other.focus(); }
    } else if (key === "Enter") open(strip);
    else if (at === undefined) return false;
    else move(strip, at);
    return true;
  }

  // The calendar: the picked interval beside it.
  function data(cal) {
    if (!cal.data) {
      const d = cal.data = JSON.parse($("script", cal.closest("section")).textContent), counted = first => [...d.states].map((_, k) => first + k);
      d.starts ??= counted(0).map(k => iso(day(d.first) + k * DAY));
      for (const name of ["places", "runs"]) if (Number.isInteger(d[name])) d[name] = counted(d[name]);
    }
    return cal.data;
  }
  function indexOf(cal, at) {
    const {starts} = data(cal), same = starts.findLastIndex(start => start.startsWith(at));
    return same < 0 ? starts.findLastIndex(start => start.slice(0, at.length) <= at) : same;
  }
  function pick(cal, index) {
    const d = data(cal), i = clamp(index, 0, d.starts.length - 1), letter = d.states[i], {rows, pitch, left, top} = cal.dataset, panel = byId("panel"), dl = make("dl");
    const label = d.labels ? d.labels[i] : d.starts[i], run = d.runIds[d.runs[i]], [why, cause] = d.texts[d.whys[i]], start = d.starts[i];
    const fact = (name, ...values) => { const dd = make("dd"); dd.append(...values); dl.append(make("dt", name), dd); };
    set($(".pick", cal), {x: left - 1.5 + (d.places[i] / rows | 0) * pitch, y: top - 1.5 + d.places[i] % rows * pitch});
    set(cal, {"aria-valuenow": i, "aria-valuetext": `${label}, ${NAME[letter]}`});
    if (d.rows?.[i] != null) fact("rows", d.rows[i].toLocaleString("en"));
    if (d.objects[i]) { fact("bytes", size(d.bytes[i])); fact("objects", d.objects[i].toLocaleString("en")); }
    if (run) fact("run", link("/run/", run, "m"));
    if (why) fact("why", why + " ", cause ? link("/table/", cause) : "");
    $("h3", panel).textContent = label;
    $(".st span", panel).textContent = NAME[letter];
    set($("use", panel), {href: "#g-" + letter.replace(".", "n")});
    $("dl", panel).replaceWith(dl);
    $(".cmd", panel).textContent = `${d.command} ${d.ends ? `--from ${start} --to ${d.starts[i + 1] || d.ends}` : "--date " + start}${d.options}`;
    $(".copy", panel).hidden = !"fmo".includes(letter);
  }
  function link(path, name, className) {
    if (inFile && !byId("page:" + path + name)) return make("span", name, className);
    return Object.assign(make("a", name, className), {href: (inFile ? "#" : "") + path + encodeURIComponent(name)});
  }

  function hot(key) {
    const section = Date.now() - gone < 900 ? "hrc".indexOf(key) : -1;
    gone = key === "g" ? Date.now() : 0;
    if (section >= 0) $$(".top nav a", document)[section].click();
    else if (key === "/" && search()) search().focus();
    else if (key === "?") byId("keys").showModal();
    else if (key === "t") theme();
    else return false;
    return true;
  }
  function theme() {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    root.dataset.theme = kept("theme", dark ? "light" : "dark");
  }
  function filter() {
    const wanted = search().value.toLowerCase(), rows = $$(".grid tbody tr"), strips = $$(".strip");
    for (const row of rows) row.hidden = !row.dataset.q.includes(wanted);
    const first = strips.find(strip => strip.offsetParent);
    for (const strip of strips) strip.tabIndex = strip === first ? 0 : -1;
    say.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} tables`;
  }
  async function copy(button) {
    const from = $(".cmd", button.closest("li,.copy"));
    let done = "Copied";
    try { await navigator.clipboard.writeText(from.textContent); } catch { getSelection().selectAllChildren(from); done = "Selected"; }
    button.textContent = say.textContent = done;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  // A server: older lines of a log, and parts of the page that changed.
  async function older(button) {
    const {older: address, shown, after} = button.dataset;
    button.disabled = true;
    try {
      const answer = await fetch(`${address}?${after ? "after=" + encodeURIComponent(after) : "shown=" + shown}`), found = await answer.json();
      if (!answer.ok) throw Error(found.error);
      $("pre", button.closest("details")).prepend(found.lines.map(line => line + "\n").join(""));
      button.dataset.after = found.next;
      button.hidden = !found.next;
      say.textContent = found.lines.length + " older lines";
    } catch (error) { button.after(make("span", " " + error.message)); }
    button.disabled = false;
  }
  async function look() {
    if (document.hidden) { document.addEventListener("visibilitychange", look, {once: true}); return; }
    try {
      const answer = await fetch(root.dataset.live, {method: "HEAD"}), version = `${answer.headers.get("ETag")}`.replace(/^W\/|"/g, "");
      if (answer.status === 401) { byId("as-of").textContent = "the session has ended: open the printed address"; return; }
      if (answer.ok && version !== root.dataset.version) await refresh();
    } catch { byId("as-of").textContent = "pipelines ui does not answer"; }
    setTimeout(look, 1000 * root.dataset.every);
  }
  async function refresh() {
    const answer = await fetch(location), page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok) return;
    const before = $("h1").textContent, focused = document.activeElement, typed = search()?.value, same = each => each.id + each.href + each.ariaLabel;
    for (const part of $$("[data-part]", document)) if (!page.getElementById(part.id)) part.remove();
    for (const part of $$("[data-part]", page)) {
      const old = byId(part.id);
      if (!old) main.append(part);
      else if (!old.isEqualNode(part)) old.replaceWith(part);
    }
    Object.assign(root.dataset, page.documentElement.dataset);
    document.title = page.title;
    ready();
    if (typed) { search().value = typed; filter(); }
    const again = focused.isConnected ? null : $$("a,button,input,[tabindex]", document).find(each => same(each) === same(focused));
    if (again) { again.at = focused.at; again.focus(QUIET); }
    if ($("h1").textContent !== before) say.textContent = $("h1").textContent;
  }

  // What has to be done with each page.
  function ready() {
    for (const button of $$("[data-copy],[data-older]")) button.hidden = false;
    for (const log of $$("pre.log")) log.scrollTop = 1e6;
    frame();
  }
  function near(target, is) {
    const card = target.closest("[data-near]"), lake = card?.closest(".lake"), names = new Set(card?.dataset.near.split(" "));
    if (!card) return;
    for (const each of $$("[data-id]", lake)) each.classList.toggle("dim", is && !names.has(each.dataset.id));
    for (const edge of $$(".e", lake)) {
      const hot = names.has(edge.dataset.a) && names.has(edge.dataset.b);
      edge.classList.toggle("hot", is && hot);
      edge.classList.toggle("dim", is && !hot);
    }
  }
  function listen() {
    on(main, "pointermove", ({target, clientX}) => {
      const strip = target.closest(".strip");
      $$(".strip.on").forEach(other => other === strip || other.matches(":focus") || leave(other));
      if (!strip) { tip.style.display = ""; return; }
      const box = strip.getBoundingClientRect();
      move(strip, (clientX - box.left) / box.width * win * PAD + begin() | 0, clientX);
    });
    on(main, "focusin", ({target}) => {
      if (!target.matches(".strip")) return near(target, true);
      for (const strip of $$(".strip")) strip.tabIndex = strip === target ? 0 : -1;
      move(target, target.at ?? days() - 1);
    });
    on(main, "focusout", ({target}) => target.matches(".strip") ? leave(target) : near(target, false));
    on(main, "pointerover pointerout", ({target, type}) => near(target, type === "pointerover"));
    on(main, "input", ({target}) => { if (target === search()) filter(); });
    on(main, "submit", event => { if (inFile) event.preventDefault(); });
    on(main, "click", event => {
      const of = selector => event.target.closest(selector), strip = of(".strip"), wide = of("[data-win]"), cal = of(".cal");
      if (strip) open(strip);
      if (of("[data-copy]")) copy(of("[data-copy]"));
      if (of("[data-older]")) older(of("[data-older]"));
      if (wide && !event.ctrlKey && !event.metaKey) { event.preventDefault(); win = +wide.dataset.win; frame(); history.replaceState(null, "", wide.href); }
      if (cal) {
        const {x, y} = new DOMPoint(event.clientX, event.clientY).matrixTransform(cal.getScreenCTM().inverse()), {pitch, rows, left, top} = cal.dataset;
        const row = Math.floor((y - top) / pitch), found = row >= 0 && row < rows ? data(cal).places.indexOf(Math.floor((x - left) / pitch) * rows + row) : -1;
        if (found >= 0) pick(cal, found);
      }
    });
    on(document, "keydown", event => {
      const {key} = event, active = document.activeElement, typing = active.matches("input,select"), letters = byId("letters").checked;
      if (event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]", document)) return;
      if (key === "Escape") { if (typing) active.blur(); tip.style.display = ""; }
      if (typing) return;
      const strip = active.matches(".strip") && (key.length > 1 || letters), cal = active.matches(".cal"), {rows} = active.dataset;
      const step = cal && {ArrowLeft: -rows, ArrowRight: +rows, ArrowUp: -1, ArrowDown: 1, Home: -1e6, End: 1e6}[key];
      if (step) pick(active, +active.getAttribute("aria-valuenow") + step);
      else if (cal && key === "Enter") $("#panel a")?.click();
      else if (!(strip && walk(active, key)) && !(letters && hot(key))) return;
      event.preventDefault();
    });
    on(byId("theme"), "click", theme);
    on($(".skip", document), "click", event => { event.preventDefault(); $("h1").focus(); });
    byId("letters").checked = kept("letters") !== "off";
    on(byId("letters"), "change", ({target}) => kept("letters", target.checked ? "on" : "off"));
  }

  function start() {
    const form = byId("sign-in");
    if (form) {
      const token = new URLSearchParams(location.hash.slice(1)).get("token");
      if (token) { history.replaceState(null, "", "/"); form.elements.token.value = token; form.submit(); }
      return;
    }
    [main, tip, say] = ["main", "tip", "say"].map(byId);
    inFile = Boolean(byId("page:missing"));
    suffix = document.title.slice(document.title.lastIndexOf(" · "));
    win = Math.min(+grid()?.dataset.window || 400, innerWidth < 721 && !location.href.includes("window=") ? 90 : 400);
    byId("theme").hidden = byId("keys-hint").hidden = false;
    listen();
    if (inFile) { home = [...main.childNodes]; on(window, "hashchange", show); show(); return; }
    ready();
    try { if (sessionStorage.seen && performance.getEntriesByType("navigation")[0].type === "navigate") $("h1").focus(QUIET); sessionStorage.seen = 1; } catch {}
    if (root.dataset.live) setTimeout(look, 1000 * root.dataset.every);
  }
  on(document, "DOMContentLoaded", start);
})();
