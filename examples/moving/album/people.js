/**
 * The two who may sign in: anna with the password `correct horse`, bert with `battery staple`. Passport's half of it.
 */
import { scrypt, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import passport from "passport";
import { Strategy } from "passport-local";

const PEOPLE = [
  {
    id: "1",
    name: "anna",
    salt: "6f3f9b99e423e1d0cca426112c9ca03e",
    hash: "fbf28c028ee63a2e00144c49e777608c64048952b28f3ce3c01daad8d66cf3c0",
  },
  {
    id: "2",
    name: "bert",
    salt: "6ebb41f15a9491eca97797df41c12267",
    hash: "195229bc6d111b49fc46ae3c35273d9a37c4cae73965a50c6083eb7dcca1e34d",
  },
];

const hashed = promisify(scrypt);

passport.use(
  new Strategy((username, password, done) => {
    withPassword(username, password).then((person) => {
      if (person) done(null, person);
      else done(null, false, { message: "Wrong name or password." });
    }, done);
  }),
);

passport.serializeUser((person, done) => done(null, person.id));

passport.deserializeUser((id, done) => done(null, personById(id) ?? false));

export function personById(id) {
  return PEOPLE.find((person) => person.id === id);
}

async function withPassword(username, password) {
  const person = PEOPLE.find(({ name }) => name === username);
  // Somebody who does not exist takes as long.
  const { salt, hash } = person ?? PEOPLE[0];
  const given = await hashed(password, Buffer.from(salt, "hex"), 32);
  return timingSafeEqual(given, Buffer.from(hash, "hex")) ? person : undefined;
}
