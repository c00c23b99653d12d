"use strict";
// Switches and overlays of the map around bokeh's plot. Text of the scene only ever becomes
// textContent.
(async () => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const settings = read("settings");
  const item = read("document");
  await Bokeh.embed.embed_item(item);
  const plot = Bokeh.documents[0].get_model_by_name("map");
  const {x_range: across, y_range: up} = plot;
  const switches = [...document.querySelectorAll("[data-layer]")];
  const RADIUS_M = 6378137, SQUARED_ECCENTRICITY = 0.0066943799901413165;
  const [left, bottom, right, top] = settings.bounds;
  const AROUND = 1.04;

  const renderer = (name) => plot.renderers.find((r) => r.name === name);
  const isOn = (layer) => switches.some((s) => s.dataset.layer === layer && s.checked);
  const unitsPerPixel = () => (across.end - across.start) / plot.inner_width;

  function look(x, y, units) {
    const half = [units * plot.inner_width / 2, units * plot.inner_height / 2];
    across.setv({start: x - half[0], end: x + half[0]});
    up.setv({start: y - half[1], end: y + half[1]});
  }

  function wholeUnits() {
    return AROUND * Math.max((right - left) / plot.inner_width, (top - bottom) / plot.inner_height);
  }

  function lookAtAll() {
    look((left + right) / 2, (bottom + top) / 2, wholeUnits());
  }

  // The reset tool goes back to these.
  function setHome() {
    const [w, h] = [plot.inner_width, plot.inner_height].map((side) => side * wholeUnits() / 2);
    across.setv({reset_start: (left + right) / 2 - w, reset_end: (left + right) / 2 + w});
    up.setv({reset_start: (bottom + top) / 2 - h, reset_end: (bottom + top) / 2 + h});
  }

  function show() {
    const isNear = unitsPerPixel() / window.devicePixelRatio < settings.coarse;
    for (const layer of ["picture", ...settings.classes.map((value) => `class-${value}`)]) {
      const [coarse, fine] = [renderer(`${layer}-coarse`), renderer(`${layer}-fine`)];
      if (coarse) coarse.visible = isOn(layer) && !(fine && isNear);
      if (fine) fine.visible = isOn(layer) && isNear;
    }
    if (settings.objects) {
      // A ring would hide the outline once a pixel of 10 m is wide enough to see.
      const isOutlined = unitsPerPixel() < 4;
      renderer("objects-coarse").visible = isOn("objects") && !isOutlined;
      renderer("objects-fine").visible = isOn("objects") && isOutlined;
    }
  }

  // As metres_per_unit in ground.py.
  function metresPerUnit(y) {
    const latitude = Math.atan(Math.sinh(y / RADIUS_M));
    return Math.cos(latitude) / Math.sqrt(1 - SQUARED_ECCENTRICITY * Math.sin(latitude) ** 2);
  }

  function drawScale() {
    const metresPerPixel = unitsPerPixel() * metresPerUnit((up.start + up.end) / 2);
    const most = 130 * metresPerPixel;
    const power = 10 ** Math.floor(Math.log10(most));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power;
    const scale = document.getElementById("scale");
    scale.querySelector("i").style.width = `${length / metresPerPixel}px`;
    const inKilometres = length >= 1000;
    scale.querySelector("span").textContent =
      inKilometres ? `${length / 1000} km` : `${Number(length.toPrecision(1))} m`;
  }

  // Overlays lie on the ground, beside the axes and the tools.
  function placeOverlays() {
    const view = Bokeh.index.get_one(plot);
    const box = view.frame.bbox, whole = view.bbox;
    const put = (id, sides) => Object.assign(document.getElementById(id).style, sides);
    const fromRight = `${whole.width - box.right + 10}px`;
    put("scale", {left: `${box.left + 10}px`, bottom: `${whole.height - box.bottom + 10}px`});
    put("north", {right: fromRight, top: `${box.top + 10}px`});
    put("credit", {right: fromRight, bottom: `${whole.height - box.bottom + 10}px`});
  }

  let size = [0, 0], isDue = false;
  function settle() {
    isDue = false;
    const now = [plot.inner_width, plot.inner_height];
    if (!(now[0] > 0 && now[1] > 0)) return;
    const [x, y] = [(across.start + across.end) / 2, (up.start + up.end) / 2];
    if (now[0] !== size[0] || now[1] !== size[1]) {
      const before = size[0] ? (across.end - across.start) / size[0] : null;
      size = now;
      setHome();
      // So that labels such as 157.9475° W have room.
      plot.below[0].ticker.desired_num_ticks = Math.max(2, Math.round(now[0] / 160));
      plot.left[0].ticker.desired_num_ticks = Math.max(2, Math.round(now[1] / 130));
      if (before === null) lookAtAll();
      else look(x, y, before);
    } else if (Math.abs((up.end - up.start) / now[1] / unitsPerPixel() - 1) > 1e-3) {
      look(x, y, unitsPerPixel());  // a box or an axis was pulled: north-south as east-west
    }
    show();
    drawScale();
    placeOverlays();
    document.documentElement.dataset.ready = "yes";
  }

  // Both ranges change one after the other; what follows needs both.
  function settleSoon() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(settle);
  }

  function setOpacity(percent) {
    document.querySelector(".slider output").textContent = `${percent} %`;
    for (const value of settings.classes) {
      for (const level of ["coarse", "fine"]) {
        const layer = renderer(`class-${value}-${level}`);
        if (layer) layer.glyph.global_alpha = {value: percent / 100};
      }
    }
  }

  const PINNED = [["Object", "id"], ["Class", "class"], ["Probability", "probability_words"],
    ["Length", "length_words"], ["Width", "width_words"], ["Heading of axis", "heading_words"],
    ["Pixels", "pixels_words"], ["Place", "place_words"], ["Time", "time"], ["Model", "model"]];

  function pin(source) {
    const [index] = source.selected.indices;
    const list = document.querySelector("#pinned dl");
    const isPinned = index !== undefined, number = source.selected.indices.length;
    list.hidden = !isPinned;
    document.querySelector("#pinned .hint").hidden = isPinned;
    const more = document.querySelector("#pinned .more");
    more.hidden = number < 2;
    more.textContent = `One of ${number} here; zoom in to tell them apart.`;
    list.replaceChildren();
    if (!isPinned) return;
    for (const [word, column] of PINNED) {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = word;
      value.textContent = source.data[column][index];
      list.append(term, value);
    }
  }

  // Only a click asks the network for anything.
  function showBase(isWanted) {
    const credit = document.getElementById("credit");
    let base = renderer("base");
    if (isWanted && !base) {
      const view = [(across.start + across.end) / 2, (up.start + up.end) / 2, unitsPerPixel()];
      const [Source, Tiles] = ["WMTSTileSource", "TileRenderer"].map((name) => Bokeh.Models.get(name));
      const tile_source = new Source({url: settings.base.url});
      base = new Tiles({tile_source, name: "base", level: "underlay"});
      plot.renderers = [base, ...plot.renderers];
      // Bokeh snaps the view to a level of the tiles once.
      setTimeout(() => { look(...view); size = [0, 0]; size = [plot.inner_width, plot.inner_height]; setHome(); }, 200);
    }
    if (base) base.visible = isWanted;
    credit.textContent = isWanted ? settings.base.credit : "";
  }

  for (const one of switches) {
    one.addEventListener("change", () => {
      if (one.dataset.layer === "base") showBase(one.checked);
      else show();
    });
  }
  document.getElementById("opacity").addEventListener("input", (e) => setOpacity(Number(e.target.value)));
  const offer = () => {
    document.getElementById("base").hidden = !navigator.onLine && !renderer("base");
  };
  window.addEventListener("online", offer);
  window.addEventListener("offline", offer);
  offer();
  const source = settings.objects ? renderer("objects-coarse").data_source : null;
  if (source) source.selected.properties.indices.change.connect(() => pin(source));
  for (const range of [across, up]) {
    for (const end of ["start", "end"]) range.properties[end].change.connect(settleSoon);
  }
  for (const side of ["inner_width", "inner_height"]) plot.properties[side].change.connect(settleSoon);
  settleSoon();
})();
