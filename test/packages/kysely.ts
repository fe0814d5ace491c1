import { DummyDriver, Kysely, sql, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'

interface Database {
  person: { id: number; name: string; born: string }
  pet: { id: number; owner_id: number; name: string }
}

/** Queries are compiled, and nothing is asked: there is no database. */
const db = new Kysely<Database>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (inside) => new SqliteIntrospector(inside),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
})

export default async (): Promise<Response> => {
  const query = db
    .selectFrom('person')
    .innerJoin('pet', 'pet.owner_id', 'person.id')
    .select(['person.name', sql<string>`upper(pet.name)`.as('pet')])
    .where('person.id', 'in', [1, 2])
    .orderBy('person.born', 'desc')
    .limit(3)
  const { sql: text, parameters } = query.compile()
  const rows = await db.transaction().execute((inside) => inside.selectFrom('person').selectAll().execute())
  return Response.json({ text, parameters, rows })
}
