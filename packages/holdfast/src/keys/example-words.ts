/**
 * What published sample secrets and placeholders are made of: "keyboard cat", "your-secret-key-here",
 * "change_me_in_production_min_32_chars", "correct horse battery staple". Compared without case, and with the usual
 * digits for letters ("s3cr3t").
 *
 * @module
 */

const WORDS = `
  a abc abcd about access account acme actual add admin after again all allow always amet an and another
  any anybody anyone anything api app application apr are as asdf asdfgh asdfghjkl at aug auth
  authentication authorization aws azure backend bar base baseball batman battery baz be because
  been before better between bit bits blah brown but by byte bytes can cannot cat cats cert change
  changed changeit changeme changethis char character characters chars chat ci cli client clients cloud
  code com common company compose config configuration connect connection cookie cookieparser cookies corp
  correct could create cross crypto csrf css data database db debug dec default defaults demo
  deploy deployment dev develop developer development digest dist do docker docs does dog dogs dolor dont
  dragon dummy duper each edc edit email empty encrypt encrypted encryption end enough ensure enter env
  environment eric error every everyone everything example examples express expressjs extra extremely fake
  fallback false feature feb file fill first fixme foo foobar football for found fox from frontend
  full gen generate generated generator get git github give go good google graphql guess guessable guid
  hack hacker hard hash have heavy hello help here hex hidden hmac horse hostname how html http https id if
  ignore iloveyou important in index inject insecure insert inside instead internal into ipsum is it its iv
  jan january javascript jest jul jumps jun just jwt keep key keyboard keyboardcat keys knows later lazy
  least length let letmein like live local localhost login logout long longer lorem made mail main make
  management mar master maximum me min mine minimum mock mongo mongodb mongoose monkey more most must my
  mysecret mysql name need needs nest nestjs never new next nextauth nginx no nobody node nodejs nonce none
  not nothing nov now null number numbers oauth oct of off oidc old on one only openssl option optional or
  original other our out over override own padding page pass passphrase passport passwd password passwords
  path phrase ping placeholder plain platform please pokemon pong port portal postgres postgresql present
  princess private pro prod product production project proper provide public purpose purposes put pwd qa
  qaz qazwsx qazwsxedc quick quite quote qwerty qwertyui qwertyuiop rails rand random randomly randomstring
  react real really redis refresh release remember remove replace replacethis request required rest right
  root router rsa run safe salt same sample save secret secrets secure secured securely security seed self
  sep server service session sessionid sessions set settings setup sha shared shh shhh shhhh should sid
  sign signature signed signing simple sit site size so some somebody someone something somewhere source
  sql sqlite ssl sso staging standard staple start startup starwars state storage store string strings
  strong stronger strongly sub sunshine super superman supersecret svc system team temp temporary test
  testing tests text than that the them then there these they thing things this throwaway time tls tmp to
  todo token tokens too top true trust trustno tutorial two type ultra undefined under unguessable unique
  unknown unsafe until update upper url use used user username users using utf uuid value values var
  variable vars vault vercel very want was we web website welcome whatever when where which will with word
  words work worker world would write wrong wsx www xxx yes yet you your yours yoursecret yourself yyy zero
  zxcv zxcvbn zxcvbnm zzz
`;

/** Lower case, letters only. */
export const EXAMPLE_WORDS: ReadonlySet<string> = new Set(WORDS.split(/\s+/).filter((word) => word !== ""));

/** The length of the longest of them. */
export const LONGEST_WORD: number = Math.max(...Array.from(EXAMPLE_WORDS, (word) => word.length));
