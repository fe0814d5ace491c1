import type { Site } from './site.ts'

/** All that is asked here is asked of one function, which needs no name. */
export const oneFunction: Site = ({ path, query, host }) => ({
  target: '',
  path: path + query,
  host,
  sharesOrigin: false,
})
