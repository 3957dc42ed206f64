// Texts whose contrast to their background is below that of WCAG 2.1 AA: 4.5, or 3 for large ones. Evaluated in the page.
(() => {
  const parse = text => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { red: numbers[0], green: numbers[1], blue: numbers[2], alpha: numbers[3] ?? 1 };
  };
  const over = (top, below) => {
    const mix = name => top[name] * top.alpha + below[name] * (1 - top.alpha);
    return { red: mix("red"), green: mix("green"), blue: mix("blue"), alpha: 1 };
  };
  const luminance = colour => {
    const part = value => value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(colour.red) + 0.7152 * part(colour.green) + 0.0722 * part(colour.blue);
  };
  const background = node => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), { red: 255, green: 255, blue: 255, alpha: 1 });
  };
  const found = [];
  const nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let count = 0;
  while (nodes.nextNode()) {
    const node = nodes.currentNode.parentElement;
    if (!nodes.currentNode.textContent.trim() || !node.getClientRects().length || node.closest("script, style, noscript")) continue;
    const style = getComputedStyle(node), below = background(node), text = over(parse(style.color), below);
    const [high, low] = [luminance(text), luminance(below)].sort((one, other) => other - one);
    const size = parseFloat(style.fontSize), isLarge = size >= 24 || size >= 18.66 && Number(style.fontWeight) >= 700;
    const ratio = (high + 0.05) / (low + 0.05);
    count += 1;
    if (ratio < (isLarge ? 3 : 4.5)) found.push(`${ratio.toFixed(2)}: ${nodes.currentNode.textContent.trim().slice(0, 40)}`);
  }
  // Colours with which the canvas is painted, on its card.
  const root = getComputedStyle(document.documentElement), probe = document.createElement("i");
  document.body.append(probe);
  const named = name => { probe.style.color = root.getPropertyValue(name).trim(); return parse(getComputedStyle(probe).color); };
  for (const [name, least] of [["--text", 4.5], ["--quiet", 4.5], ["--released", 3], ["--open", 3], ["--lost", 3], ["--wait", 3]]) {
    const [high, low] = [luminance(named(name)), luminance(named("--card"))].sort((one, other) => other - one);
    if ((high + 0.05) / (low + 0.05) < least) found.push(`${name}: ${((high + 0.05) / (low + 0.05)).toFixed(2)}`);
  }
  probe.remove();
  return { count, found };
})()
