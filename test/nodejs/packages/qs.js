import qs from 'qs'

export default () =>
  Response.json({
    parsed: qs.parse('a[b][c]=d&e[]=1&e[]=2&f.g=h&i=%C3%BC', { allowDots: true }),
    written: qs.stringify({ a: { b: [1, 2] }, c: new Date(0), d: null }, { arrayFormat: 'brackets' }),
  })
