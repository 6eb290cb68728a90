  // What need not be scrolled is no stop on the way through the page with the keyboard.
  function stops() {
    for (const each of document.querySelectorAll(".scroll")) {
      if (each.scrollWidth > each.clientWidth + 1) each.tabIndex = 0; else each.removeAttribute("tabindex");
    }
  }

  stops();
  window.addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
})();
