"""The state of a service as a sentence, for the page and the doctor."""

from core.overview.service_health import ServiceState
from core.overview.service_texts import SERVICE_EFFECTS, SERVICE_NAMES, trouble_text
from core.wording.known_facts import fill_known
from web.base.localizer import Localizer


def service_state_text(state: ServiceState, words: Localizer) -> str:
    """What is wrong with the service, or what it waits for."""
    return fill_known(trouble_text(state), service_facts(state, words), words.translate)


def service_facts(state: ServiceState, words: Localizer) -> dict[str, object]:
    """What fills the placeholders of core.overview.service_texts."""
    return {
        "service": words(SERVICE_NAMES[state.service]),
        "effect": words(SERVICE_EFFECTS[state.service]),
        "long": words.long(round(state.age_s * 1000)),
        "seconds": round(state.age_s),
        "why": state.why,
    }
