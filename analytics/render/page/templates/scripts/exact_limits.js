  // Exact limits of the mean of a Poisson count (Garwood 1936): quantiles of gamma distributions of whole shape.
  function logGamma(shape) {
    let above = shape, logs = 0;
    for (; above < 10; above += 1) logs += Math.log(above);
    const square = 1 / (above * above);
    const stirling = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - square * 691 / 360360))))) / above;
    return (above - 0.5) * Math.log(above) - above + 0.5 * Math.log(2 * Math.PI) + stirling - logs;
  }

  // The share of a gamma distribution below x: by its series up to its middle, beyond by Lentz's continued fraction.
  function gammaBelow(shape, x) {
    const factor = Math.exp(shape * Math.log(x) - x - logGamma(shape));
    if (x < shape + 1) {
      let term = 1 / shape, sum = term;
      for (let at = shape + 1; term > sum * 1e-17; at += 1) { term *= x / at; sum += term; }
      return factor * sum;
    }
    let b = x + 1 - shape, c = Infinity, d = 1 / b, fraction = d;
    for (let at = 1, change = 0; Math.abs(change - 1) > 1e-16 && at < 1e6; at += 1) {
      const a = at * (shape - at);
      b += 2;
      d = 1 / (b + a * d);
      c = b + a / c;
      change = c * d;
      fraction *= change;
    }
    return 1 - factor * fraction;
  }

  // Newton's steps from Wilson and Hilferty's approximation, kept between bounds that close in.
  function gammaQuantile(shape, share, z) {
    let low = 0, high = shape + 10 * Math.sqrt(shape) + 20;
    let x = shape * (1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape))) ** 3;
    for (let step = 0; step < 200; step += 1) {
      if (!(x > low && x < high)) x = (low + high) / 2;
      const over = gammaBelow(shape, x) - share;
      if (over > 0) high = x; else low = x;
      const next = x - over / Math.exp((shape - 1) * Math.log(x) - x - logGamma(shape));
      if (Math.abs(next - x) <= 1e-15 * x) return x;
      x = next;
    }
    return x;
  }

  // Both limits of the 95% interval; the lower limit of 0 is 0, and the upper then that of one side.
  function exactLimits(count) {
    return [count ? gammaQuantile(count, 0.025, -1.96) : 0, gammaQuantile(count + 1, 0.975, 1.96)];
  }

