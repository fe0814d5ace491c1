import path, { posix } from 'node:path'
import { join } from 'node:path/posix'
import { attempt } from './attempt.ts'

const PATHS = ['', '/', '.', '..', 'a/b.txt', '/a/../b/./c//d', '../x', 'a\\b', 'dir/.hidden', 'x.tar.gz', '/a/b/']

export default (): Response =>
  Response.json({
    each: PATHS.map((one) => [
      path.normalize(one),
      path.basename(one),
      path.basename(one, '.txt'),
      path.dirname(one),
      path.extname(one),
      path.isAbsolute(one),
      path.parse(one),
      path.format(path.parse(one)),
      path.resolve('/base', one),
      path.relative('/a/b', path.resolve('/', one)),
    ]),
    joined: [path.join('a', '..', '/b', 'c'), path.join(), join('/a', '../..', 'b')],
    constants: [path.sep, path.delimiter, posix === path.posix, path.posix.sep],
    namespaced: path.toNamespacedPath('/a'),
    errors: [attempt(() => path.join(1 as never))].map((error) => (error as Error).name),
  })
