import { display, inspect } from './inspect.ts'

/** The arguments of a console method as one text, with the directives of the Console Standard in the first. */
export function format(args: readonly unknown[]): string {
  const [first, ...rest] = args
  if (typeof first !== 'string') return args.map(display).join(' ')
  const text = first.replace(/%[sdifoOcj%]/g, (directive) => {
    if (directive === '%%') return '%'
    if (rest.length === 0) return directive
    return substitute(directive, rest.shift())
  })
  return [text, ...rest.map(display)].join(' ')
}

function substitute(directive: string, value: unknown): string {
  switch (directive) {
    case '%s':
      return display(value)
    case '%d':
    case '%i':
      return number(value, (text) => Number.parseInt(text, 10))
    case '%f':
      return number(value, Number.parseFloat)
    case '%c':
      return ''
    default:
      return inspect(value)
  }
}

function number(value: unknown, parse: (text: string) => number): string {
  return typeof value === 'bigint' ? `${value}n` : String(parse(display(value)))
}
