import { expect, test } from 'vitest'
import { greyPng, pngSize } from '../support/png.ts'
import { deployed } from '../support/deployed.ts'

/** Packages that work on data, unmodified, as they come from npm. */

const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

test('zod checks what comes in, and describes it', async () => {
  const { fetch, json } = await deployed('packages/zod.ts')
  expect(await json('/', post({ item: 'tea', count: '2', when: '2026-11-27' }))).toEqual({
    item: 'tea',
    count: 2,
    when: '2026-11-27',
    tags: [],
  })
  const wrong = await fetch('/', post({ item: 'x', count: 0, when: 'today', tags: ['blue'] }))
  expect(wrong.status).toBe(422)
  expect(Object.keys((await wrong.json()) as object).toSorted()).toEqual(['count', 'item', 'tags', 'when'])
  expect(await json('/')).toMatchObject({ type: 'object', required: expect.arrayContaining(['item', 'when']) })
})

test('valibot checks what comes in, also by asking elsewhere', async () => {
  const { fetch, json } = await deployed('packages/valibot.ts')
  expect(await json('/', post({ item: 'tea', count: 2 }))).toEqual({ item: 'tea', count: 2 })
  const wrong = await fetch('/', post({ item: 't', count: 1.5 }))
  expect([wrong.status, await wrong.json()]).toEqual([
    422,
    [
      ['item', 'Invalid length: Expected >=2 but received 1'],
      ['count', 'Invalid integer: Received 1.5'],
    ],
  ])
  expect(await (await fetch('/', post({ item: 'gone', count: 1 }))).json()).toEqual([[null, 'sold out']])
})

test('nanoid makes ids that differ', async () => {
  const { json } = await deployed('packages/nanoid.ts')
  const { ids, digits } = (await json()) as { ids: string[]; digits: string }
  expect(new Set(ids).size).toBe(100)
  for (const id of ids) expect(id).toMatch(/^[\w-]{21}$/)
  expect(digits).toMatch(/^\d{12}$/)
})

test('marked makes HTML of Markdown', async () => {
  const { fetch } = await deployed('packages/marked.ts')
  const page = await fetch('/', { method: 'POST', body: '# Grüße\n\n- *a*\n- b\n\n| x |\n|---|\n| 1 |' })
  expect(await page.text()).toBe(
    '<h1>Grüße</h1>\n<ul>\n<li><em>a</em></li>\n<li>b</li>\n</ul>\n' +
      '<table>\n<thead>\n<tr>\n<th>x</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>1</td>\n</tr>\n</tbody></table>\n',
  )
})

test('date-fns reckons with dates, and writes them in other languages', async () => {
  const { json } = await deployed('packages/date-fns.ts')
  expect(await json()).toEqual({
    german: 'Samstag, 31. Januar 2026',
    light: '2026-01-31',
    business: '2026-02-04',
    months: 14,
    duration: { days: 3, hours: 4 },
  })
})

test('kysely compiles typed queries', async () => {
  const { json } = await deployed('packages/kysely.ts')
  expect(await json()).toEqual({
    text:
      'select "person"."name", upper(pet.name) as "pet" from "person" inner join "pet" on "pet"."owner_id" = "person"."id"' +
      ' where "person"."id" in (?, ?) order by "person"."born" desc limit ?',
    parameters: [1, 2, 3],
    rows: [],
  })
})

test('drizzle-orm asks a database that lives elsewhere', async () => {
  const { json } = await deployed('packages/drizzle-orm.ts')
  expect(await json()).toEqual({
    found: [{ id: 7, name: 'Ann' }],
    made: {
      sql: 'insert into "pets" ("id", "owner", "name") values (?, ?, ?) returning count(*)',
      params: [1, 7, 'Rex'],
    },
    asked: [
      { query: 'select "id", "name" from "people" where "people"."id" = ? order by "people"."name" desc', params: [7] },
    ],
  })
})

test('a WebAssembly package makes a picture smaller', async () => {
  const { built, fetch } = await deployed('packages/photon.ts')
  expect(built.manifest.needs).toEqual(['wasm'])
  const small = await fetch('/', { method: 'POST', body: new Uint8Array(greyPng(64, 32)) })
  expect(pngSize(await small.bytes())).toEqual([32, 16])
})
