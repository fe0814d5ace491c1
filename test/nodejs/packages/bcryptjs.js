import bcrypt from 'bcryptjs'

export default async () => {
  const hash = await bcrypt.hash('password', 4)
  const salt = '$2b$04$abcdefghijklmnopqrstuu'
  return Response.json({
    given: bcrypt.hashSync('password', salt),
    matches: [await bcrypt.compare('password', hash), await bcrypt.compare('wrong', hash)],
    rounds: bcrypt.getRounds(hash),
  })
}
