import * as querystring from 'node:querystring'
import parsed from 'querystring'

const TEXTS = ['', 'a=1&b=2', 'a=1&a=2&a', 'x=%20+y&%E9=%zz', 'a==b&&c', 'ü=€']

export default (): Response =>
  Response.json({
    parsed: TEXTS.map((text) => querystring.parse(text)),
    semicolons: querystring.parse('a:1;b:2', ';', ':', { maxKeys: 1 }),
    written: querystring.stringify({ a: 1, b: [1, 'x y'], c: true, d: null, e: '€', f: Number.NaN, g: 2n }),
    other: querystring.stringify({ a: 'b c', d: 'e' }, ';', ':', { encodeURIComponent: (text) => `<${text}>` }),
    escaped: [querystring.escape('a b&ü'), querystring.unescape('%41%zz'), parsed.encode === parsed.stringify],
  })
