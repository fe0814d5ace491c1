/** `#rrggbb`, in small letters or large. */
export type Colour = `#${string}`

export function isColour(value: unknown): value is Colour {
  return typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value)
}

/** Red, green and blue, each from 0 to 255. */
export function rgb(colour: Colour): [number, number, number] {
  const bits = Number.parseInt(colour.slice(1), 16)
  return [bits >> 16, (bits >> 8) & 0xff, bits & 0xff]
}

/** From 1 (the same colour) to 21 (black on white), as WCAG 2 defines it. */
export function contrast(a: Colour, b: Colour): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** How bright a colour looks, from 0 to 1. */
function luminance(colour: Colour): number {
  const [red, green, blue] = rgb(colour).map(linear) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** sRGB stores brightness on a curve; this undoes it. */
function linear(channel: number): number {
  const part = channel / 255
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
}
