import { desc, eq, relations, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

const people = sqliteTable('people', { id: integer().primaryKey(), name: text().notNull() })
const pets = sqliteTable('pets', { id: integer().primaryKey(), owner: integer().notNull(), name: text().notNull() })
const petRelations = relations(pets, ({ one }) => ({
  of: one(people, { fields: [pets.owner], references: [people.id] }),
}))

/** A database that lives elsewhere, as one behind HTTP would: what it is asked is what the answer shows. */
const asked: { query: string; params: unknown[] }[] = []
const db = drizzle(
  async (query, params) => {
    asked.push({ query, params })
    return { rows: [[7, 'Ann']] }
  },
  { schema: { people, pets, petRelations } },
)

export default async (): Promise<Response> => {
  asked.length = 0
  const found = await db.select().from(people).where(eq(people.id, 7)).orderBy(desc(people.name))
  const made = db
    .insert(pets)
    .values({ id: 1, owner: 7, name: 'Rex' })
    .returning({ n: sql<number>`count(*)` })
    .toSQL()
  return Response.json({ found, made, asked })
}
