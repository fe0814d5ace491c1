const NUMBERS = 20_000

/** Some milliseconds of what handlers compute: numbers, an array sorted, text made of it. At its other path it computes nothing. */
export default {
  fetch({ url }: Request): Response {
    if (url.endsWith('/at-once')) return new Response('ok')
    let state = 1
    const numbers = Array.from({ length: NUMBERS }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0))
    return new Response(String(numbers.toSorted((a, b) => a - b).join(',').length))
  },
}
