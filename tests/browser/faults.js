() => {
  const found = [];
  const told = (each) => (each.id ? '#' + each.id : each.outerHTML.replace(/\s+/g, ' ').slice(0, 110));
  const shown = (each) => each.checkVisibility({visibilityProperty: true, opacityProperty: true});
  const seen = (selector) => [...document.querySelectorAll(selector)].filter(shown);
  const say = (fault, each) => found.push(fault + ': ' + told(each));

  // Words that a program says to itself.
  const machine = /.{0,30}(\bNaN\b|\bnan\b|\bNone\b(?= [,.;)]|[,.;)])|\bnull\b|\bundefined\b|\bInfinity\b|\binf\b|\{\{|\}\}|\[object ).{0,30}/;
  for (const each of seen('h1, h2, h3, h4, p, li, td, th, dt, dd, figcaption, summary, label, option, svg text')) {
    const words = (each.textContent || '').replace(/\s+/g, ' ');
    const wrong = each.closest('pre, code') || each.querySelector('pre, code') ? null : words.match(machine);
    if (wrong) found.push('a word of the machine: ' + wrong[0]);
  }

  // Places that hold nothing.
  for (const each of seen('h1, h2, h3, h4, p:not([role=status]), li, dt, dd, th, figcaption, summary, button, a'))
    if (!(each.textContent || '').trim() && !each.getAttribute('aria-label') && !each.querySelector('img, svg, input')
        && !(each.tagName === 'TH' && each.closest('tr').children[0] === each)) say('empty', each);
  for (const each of seen('table')) {
    const rows = [...each.querySelectorAll('tbody tr')];
    if (!rows.some((row) => row.textContent.trim())) say('a table without a row', each);
    const heads = each.querySelectorAll('thead tr:last-child > *').length;
    for (let at = 0; at < heads; at += 1) {
      const cells = rows.filter((row) => row.children.length === heads).map((row) => row.children[at].textContent.trim());
      if (cells.length && cells.every((cell) => !cell)) say('a column without a value', each);
    }
  }
  for (const each of seen('section')) {
    const words = (each.innerText || '').replace(each.querySelector('h2, h3')?.innerText ?? '', '').trim();
    if (words.length < 20) say('a section that says nothing', each);
  }
  for (const each of seen('svg')) {
    const box = each.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) say('a drawing without size', each);
    else if (!each.querySelector('path, line, rect, circle, polyline, polygon, use')) say('a drawing of nothing', each);
  }
  for (const each of seen('select')) if (!each.options.length) say('a choice of nothing', each);

  // Cut off, or beyond the edge.
  if (document.documentElement.scrollWidth > innerWidth) found.push('the page is wider than the screen');
  for (const each of seen('body *')) {
    const style = getComputedStyle(each);
    if (each.closest('svg')) continue;
    if (each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('.scroll')) say('beyond the screen', each);
    const hidden = (way) => way === 'hidden' || way === 'clip';
    if (hidden(style.overflowX) && each.clientWidth > 1 && each.scrollWidth > each.clientWidth + 1) say('cut off at its side', each);
    if (hidden(style.overflowY) && each.clientHeight > 1 && each.scrollHeight > each.clientHeight + 2) say('cut off below', each);
  }

  // Texts of a drawing: within it, and none on another.
  for (const each of seen('svg')) {
    const edge = each.getBoundingClientRect();
    const texts = [...each.querySelectorAll('text')].filter((text) => shown(text) && text.textContent.trim())
      .map((text) => [text, text.getBoundingClientRect()]);
    for (const [text, box] of texts)
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        found.push('outside its drawing: ' + text.textContent.trim().slice(0, 60));
    for (let one = 0; one < texts.length; one += 1)
      for (let other = one + 1; other < texts.length; other += 1) {
        const a = texts[one][1], b = texts[other][1];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 2 && high > 0.35 * Math.min(a.height, b.height))
          found.push('on one another: ' + texts[one][0].textContent.trim().slice(0, 40) + ' | ' + texts[other][0].textContent.trim().slice(0, 40));
      }
  }

  // Links and names.
  const ids = new Map();
  for (const each of document.querySelectorAll('[id]')) {
    if (ids.has(each.id)) say('two of one name', each);
    ids.set(each.id, each);
  }
  for (const each of document.querySelectorAll('a[href^="#"]')) {
    const name = decodeURIComponent(each.getAttribute('href').slice(1).split('?')[0]);
    if (name && !ids.has(name)) found.push('a link to nowhere: #' + name);
  }
  return [...new Set(found)];
}
