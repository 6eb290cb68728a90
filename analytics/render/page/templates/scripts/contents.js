  // The contents beside the page mark the section that is being read.
  function follow(nav) {
    const links = new Map([...nav.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
    const mark = (link) => {
      for (const each of links.values()) each.removeAttribute("aria-current");
      link.setAttribute("aria-current", "location");
      // Only the column is scrolled, never the page.
      const above = link.offsetTop - nav.scrollTop, below = above + link.offsetHeight - nav.clientHeight;
      if (above < 0) nav.scrollTop += above; else if (below > 0) nav.scrollTop += below;
    };
    // A section is read when it crosses a line a fifth from the top.
    const watch = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) mark(links.get(entry.target.id));
    }, { rootMargin: "-20% 0px -79% 0px" });
    for (const id of links.keys()) watch.observe(document.getElementById(id));
  }

  // A heading's "#" is a link; pressed, it is also copied. Where a browser forbids that, the address bar has it.
  function copies(anchor) {
    const said = element("span", { class: "copied", role: "status" });
    anchor.after(said);
    anchor.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(anchor.href);
        said.textContent = "Link copied";
        setTimeout(() => { said.textContent = ""; }, 2000);
      } catch { /* the link was followed */ }
    });
  }

  follow(document.querySelector("nav"));
  document.querySelectorAll(".anchor").forEach(copies);

