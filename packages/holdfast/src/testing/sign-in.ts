import { HoldfastError } from "../errors.ts";
import { Carriage } from "../express/carrier.ts";
import { deploymentOf } from "../express/session.ts";
import type { Sessions } from "../express/sessions.ts";
import type { IdTokenClaims } from "../session/federation/provider.ts";
import { Visit } from "../session/visit/visit.ts";

/** What {@link signInForTest} may be told. */
export interface TestSignIn {
  /** Further session data. Default none. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** How strongly the user has proved who they are. Default 1. */
  readonly level?: number;
  /** How they have. Default none. */
  readonly methods?: readonly string[];
  /** The claims of the ID token that the user came with. Default none. */
  readonly idToken?: IdTokenClaims;
  /** True (default) for a cookie as HTTPS requests carry it; false for its plain-HTTP name. */
  readonly secure?: boolean;
  /** What the listing shows as the session's browser. Default none; then no browser counts as another one. */
  readonly userAgent?: string;
}

/**
 * Signs a user in without the app's login page, through the app's own store and keys.
 *
 * @returns the `Cookie` header of the signed-in client, such as `__Host-session=…`
 * @throws {HoldfastError} `ERR_HOLDFAST_USER`, `ERR_HOLDFAST_OPTION`, or the store's error
 *
 * @example
 * ```ts
 * const cookie = await signInForTest(sessions, "anna", { data: { role: "admin" } });
 * await request(app).get("/admin").set("Cookie", cookie).expect(200);
 * ```
 */
export async function signInForTest(
  sessions: Sessions,
  user: string | number,
  { data = {}, level, methods, idToken, secure = true, userAgent }: TestSignIn = {},
): Promise<string> {
  const client = userAgent === undefined ? {} : { userAgent };
  const { core, keeper, sessionCookie, carrier } = deploymentOf(sessions);
  await keeper.ready();
  const carriage = carrier && new Carriage(carrier, undefined, secure, () => false);
  const visit = new Visit(
    carriage?.core ?? core,
    {
      legacy: undefined,
      arrivedAt: core.clock.now(),
      storable: true,
      active: true,
      cookie: { secure, sameSite: "lax", path: "/", domain: undefined },
      headersSent: () => false,
      replyIsError: () => false,
      client: () => client,
      clientDiffers: () => false,
      judge: () => "allow",
      deviceCookies: () => [],
      deviceSkipped: () => undefined,
      describe: () => client,
      refuseInsecure: () => undefined,
    },
    [],
  );
  Object.assign(visit.look() ?? {}, data);
  await visit.signIn(user, { level, methods, idToken });
  if (visit.cookie === null || visit.cookie === "clear") throw new HoldfastError("ERR_HOLDFAST_SUPERSEDED");
  const id = `${sessionCookie.nameFor(secure)}=${visit.cookie.value}`;
  const others = carriage === undefined ? [] : [...carriage.cookiesFor(visit).values()];
  return [id, ...others.map((header) => header.slice(0, header.indexOf(";")))].join("; ");
}
