"""What the tests of pages ask a browser, in JavaScript."""

# WCAG 2.2: contrast of every piece of text against the nearest background that is opaque.
CONTRASTS = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = rgb(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const says = (e) => [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  const texts = [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && !e.closest(".sr, .skip") && says(e));
  return texts.map((e) => {
    const style = getComputedStyle(e);
    const ink = e instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [rgb(ink), ground(e)].map(light);
    return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.className + ": " + e.textContent];
  }).sort((a, b) => a[0] - b[0]);
})()"""

PHONE = 390  # pixels
OPEN_ALL = "document.querySelectorAll('details').forEach(d => { d.open = true; })"
TOO_WIDE = (
    "[...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('.scroller')"
    f" && e.getBoundingClientRect().right > {PHONE}).map(e => e.outerHTML.slice(0, 80))"
)
