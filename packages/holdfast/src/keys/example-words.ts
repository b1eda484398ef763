/**
 * What published sample secrets and placeholders are made of: "keyboard cat", "your-secret-key-here",
 * "change_me_in_production_min_32_chars", "correct horse battery staple". Compared without case, and with the usual
 * digits for letters ("s3cr3t").
 *
 * @module
 */

const WORDS = `
  a about abc abcd access account acme actual add admin after again all allow always an and another any anybody
  anyone anything api app application are as at auth authentication authorization aws azure
  backend bar base base64 baz be because been before better between bit bits blah brown but by byte bytes
  can cannot cat cats cert change changed changeit changeme changethis char character characters chars chat ci
  cli client clients cloud code com common company compose config configuration connect connection cookie cookies
  corp correct could create cross crypto css csrf cookieparser
  data database db debug default defaults demo deploy deployment dev develop developer development digest dist
  do docker docs does dog dogs dont dummy duper
  each edit email empty encrypt encrypted encryption end enough ensure enter env environment eric error every
  everyone everything example examples express expressjs extra extremely
  fake fallback false feature file fill first fixme foo foobar for fox found from frontend full
  gen generate generated generator get git github give go good google graphql guess guessable guid
  hack hacker hard hash have heavy hello help here hex hidden hmac horse battery staple hostname how html http
  https
  id if ignore important in index inject insecure insert inside instead internal into is it its iv
  january javascript jest jumps just jwt
  keep key keyboard keyboardcat keys knows
  lazy later least length let like live local localhost login logout long longer lorem ipsum dolor sit amet
  made mail main make management master maximum md5 me min mine minimum mock mongo mongodb more most mongoose
  must my mysecret mysql
  name need needs nest nestjs never new next nextauth nginx no nobody node nodejs none nonce not nothing now null
  number numbers
  oauth of off oidc old on one only openssl option optional or original other our out over override own
  padding page passphrase passport pass password passwords passwd path phrase ping placeholder platform please
  plain pong port portal postgres postgresql present private pro prod product production project proper provide
  public purpose purposes put pwd
  qa quick quote quite
  rails rand random randomly randomstring react real really redis refresh release remember remove replace
  replacethis request required rest right root router rsa run
  safe salt same sample save secret secrets secure secured securely security seed self server service session
  sessions sessionid set settings setup sha sha1 sha256 sha512 shared shh shhh shhhh should sid sign signature
  signed signing simple site size so some somebody someone something somewhere source sql sqlite ssl sso staging
  standard start startup state store storage string strings strong stronger strongly sub super supersecret svc
  system
  team temp temporary test testing tests text than that the them then there these they thing things this
  throwaway time tls tmp to todo token tokens too top true trust tutorial two type
  ultra undefined under unguessable unique unknown unsafe until update upper url use used user username users
  using utf uuid
  value values variable vault var vars vercel very
  want was we web website welcome when where which will with word words work world worker would write wrong
  www
  xxx yes yet you your yours yourself yoursecret yyy zero zzz
  jan feb mar apr jun jul aug sep oct nov dec letmein dragon monkey master iloveyou trustno sunshine princess
  football baseball superman batman pokemon starwars whatever qwerty qwertyuiop qwertyui asdf asdfgh asdfghjkl
  zxcv zxcvbn zxcvbnm qaz wsx edc qazwsx qazwsxedc deadbeef cafebabe badcafe feedface deadc0de cafed00d
`;

/** Lower case. Words with a digit stand here in the letters the digits stand for as well. */
export const EXAMPLE_WORDS: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ""));

/** The length of the longest of them. */
export const LONGEST_WORD: number = Math.max(...Array.from(EXAMPLE_WORDS, (word) => word.length));
