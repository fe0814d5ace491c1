import path from 'path-browserify'

/** Functions see paths as POSIX has them. */
export const {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
} = path
export const toNamespacedPath = (given: string): string => given

const posix = {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
}
Object.assign(posix, { posix })

export { posix }
export default posix
