/** What pages do beyond what HTML does by itself. Every page works without it. */
import { keepBackButtonHonest } from "./back-button.js";
import { endSessionsInPlace } from "./end-sessions.js";
import { warnBeforeExpiry } from "./idle-warning.js";
import { showLocalTimes } from "./local-times.js";
import { followEvents } from "./operator-events.js";
import { addPasswordToggles } from "./password-toggles.js";

keepBackButtonHonest();
showLocalTimes(document);
addPasswordToggles(document);
endSessionsInPlace(document);
followEvents(document);
warnBeforeExpiry(document);
