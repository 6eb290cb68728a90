// What the page adds where a script may run: curves to move along, and filters for the printed numbers.
// Everything shown was computed before and stands in the JSON below; without this file the page is whole.
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const NARROW = 480, ROW = 17, LINE = 2.25, MARGIN = { top: 26, right: 16, bottom: 78, left: 54 };
  const stamp = document.documentElement.dataset.stamp;

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    return filled(made, attributes, children);
  }

  function drawn(name, attributes = {}, ...children) {
    return filled(document.createElementNS(SVG, name), attributes, children);
  }

  function filled(made, attributes, children) {
    for (const [key, value] of Object.entries(attributes)) {
      if (value !== false && value !== null) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  function percent(value, view) {
    if (value === null || value === undefined) return "—";
    return (value * view.scale).toFixed(view.digits);
  }

  const grouped = new Intl.NumberFormat("en-GB");
