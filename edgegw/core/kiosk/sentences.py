"""What is said, in each language: short, without anything that has to be seen. Pure.

`say(key, language, **figures)` fills a sentence in. Names in it have gone through `quoting.plain` before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edgegw.model.tools import LANGUAGES


def say(key: str, speaks: str, **figures: object) -> str:
    """The sentence of that key. Raises KeyError for one that there is not."""
    return SENTENCES[key][LANGUAGES.index(speaks)].format(**figures)


def listed(parts: list[str], speaks: str) -> str:
    """`a, b e c`."""
    if len(parts) < 2:
        return "".join(parts)
    last = {"pt-BR": " e ", "en": " and ", "es": " y "}[speaks]
    return ", ".join(parts[:-1]) + last + parts[-1]


SENTENCES: Final[Mapping[str, tuple[str, str, str]]] = {
    # how a bay stands
    "bay.free": ("{bay} está livre", "{bay} is free", "{bay} está libre"),
    "bay.plugged": (
        "{bay} está com o cabo conectado, sem carregar", "{bay} has its cable plugged in and is not charging",
        "{bay} tiene el cable conectado, sin cargar",
    ),
    "bay.charging": ("{bay} está carregando", "{bay} is charging", "{bay} está cargando"),
    "bay.paused": ("{bay} está com a recarga em pausa", "{bay} has its charge paused", "{bay} tiene la carga en pausa"),
    "bay.in_use": ("{bay} está em uso", "{bay} is in use", "{bay} está en uso"),
    "bay.finishing": (
        "{bay} terminou, mas o cabo ainda está conectado", "{bay} has finished, but its cable is still plugged in",
        "{bay} terminó, pero el cable sigue conectado",
    ),
    "bay.reserved": ("{bay} está reservada", "{bay} is reserved", "{bay} está reservada"),
    "bay.out_of_order": ("{bay} está fora de serviço", "{bay} is out of order", "{bay} está fuera de servicio"),
    "bay.offline": (
        "{bay} está sem comunicação agora", "{bay} can't be reached right now", "{bay} está sin comunicación ahora",
    ),
    "bay.unknown": (
        "{bay} ainda não informou seu estado", "{bay} has not told how it is yet", "{bay} aún no informó su estado",
    ),
    "bays.none": ("Não há vagas neste ponto.", "There are no bays here.", "No hay plazas aquí."),
    "bays.free": ("Livres: {bays}.", "Free: {bays}.", "Libres: {bays}."),
    "bays.full": ("Nenhuma vaga livre agora.", "No bay is free right now.", "No hay plazas libres ahora."),
    # refusals
    "refused.bad_arguments": (
        "Não entendi o pedido. Pode repetir?", "I did not understand that. Could you say it again?",
        "No entendí el pedido. ¿Puede repetirlo?",
    ),
    "refused.unknown_tool": ("Isso eu não faço.", "That is something I don't do.", "Eso no lo hago."),
    "refused.no_dialogue": (
        "Esta conversa já terminou. Toque no botão para começar outra.",
        "This conversation is over. Press the button to begin another one.",
        "Esta conversación ya terminó. Toque el botón para empezar otra.",
    ),
    "refused.no_action": (
        "Não há nada para confirmar. Peça de novo, por favor.", "There is nothing to confirm. Please ask again.",
        "No hay nada que confirmar. Pida de nuevo, por favor.",
    ),
    "refused.too_many_dialogues": (
        "Muitas conversas seguidas. Use a tela ou o cartão, ou tente mais tarde.",
        "Too many conversations in a row. Use the screen or your card, or try again later.",
        "Demasiadas conversaciones seguidas. Use la pantalla o la tarjeta, o intente más tarde.",
    ),
    "refused.not_written": (
        "Não consegui registrar o pedido, então nada foi feito. Use o cartão na estação.",
        "I could not write that down, so nothing was done. Use your card at the station.",
        "No pude registrar el pedido, así que no se hizo nada. Use la tarjeta en la estación.",
    ),
}  # fmt: skip
"""By key: pt-BR, en, es."""
