"""EVA's tools: all that a voice model, or the kiosk's screen, may ask of the hub. Nothing else is declared.

Of these values `core.consent` makes checks and JSON Schemas. The class of a tool says what it needs:

    R0  public read: nothing
    R1  personal read: a proof of who owns the charge
    W1  start: a proof of an accepted token, a plugged cable, limits, and the driver's hand after the read-back
    W2  stop or change a charge: a proof of who started it
    W3  report a problem: nothing, but few an hour
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from edgegw.model.commands.argument import Kind, Money, Number, OneOf, Text, Whole
from edgegw.model.value import value

ToolClass = Literal["R0", "R1", "W1", "W2", "W3"]

LANGUAGES: tuple[str, ...] = ("pt-BR", "en", "es")
"""Languages that the kiosk speaks; what is said in none of them is said in the site's."""

Words = Mapping[str, str]
"""One text in each of LANGUAGES."""


@value()
class Place:
    """A station of this kiosk, by what it is called aloud or by its id: which ones there are, the kiosk knows."""


@value()
class Moment:
    """`HH:MM` of the site's wall clock, the next one to come, or a time as RFC 3339 with its zone."""


@value()
class ToolArgument:
    """One argument of a tool. `free`: the driver's own words, which are kept apart and erased after a day."""

    name: str
    kind: Kind | Place | Moment
    about: Words
    required: bool = False
    free: bool = False


@value()
class Tool:
    """One tool. `about` tells a model when to call it, and what comes back."""

    name: str
    tier: ToolClass
    about: Words
    arguments: tuple[ToolArgument, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether it changes anything at the site."""
        return self.tier.startswith("W")


CATEGORIES = ("cable", "connector", "display", "payment", "card", "parking", "charging", "safety", "other")
"""What a problem may be about."""


def _words(pt: str, en: str, es: str) -> Words:
    return {"pt-BR": pt, "en": en, "es": es}


_STATION = _words(
    "Vaga ou estação, como o motorista a chama. Só os nomes desta lista existem.",
    "The bay or station, as the driver calls it. Only the names of this list exist.",
    "Plaza o estación, como la llama el conductor. Solo existen los nombres de esta lista.",
)
_MAYBE_STATION = ToolArgument("station", Place(), _STATION)
_EVSE = ToolArgument(
    "evse", Whole(1, 999),
    _words(
        "Número do conector, se a estação tem mais de um e o motorista disse qual.",
        "Number of the outlet, when the station has several and the driver said which.",
        "Número del conector, si la estación tiene más de uno y el conductor dijo cuál.",
    ),
)  # fmt: skip
_ENERGY = ToolArgument(
    "energy_kwh", Number(0, 1000, above=True),
    _words(
        "Energia desejada em kWh. Não use junto com distance_km.",
        "Energy wanted, in kWh. Not together with distance_km.",
        "Energía deseada en kWh. No se usa junto con distance_km.",
    ),
)  # fmt: skip
_DISTANCE = ToolArgument(
    "distance_km", Number(0, 2000, above=True),
    _words(
        "Distância em km para a qual a energia deve bastar, por exemplo 100 em 'quero mais cem quilômetros'.",
        "Distance in km that the energy shall be enough for, such as 100 in 'I want another hundred kilometres'.",
        "Distancia en km para la que debe bastar la energía, por ejemplo 100 en 'quiero cien kilómetros más'.",
    ),
)  # fmt: skip
_LEAVE = ToolArgument(
    "leave_at", Moment(),
    _words(
        "Hora da saída, no formato HH:MM da hora local, por exemplo 18:00 em 'preciso sair às seis da tarde'.",
        "When the driver leaves, as HH:MM in local time, such as 18:00 in 'I must leave at six in the evening'.",
        "Hora de salida, como HH:MM en hora local, por ejemplo 18:00 en 'tengo que salir a las seis de la tarde'.",
    ),
)  # fmt: skip

_ALL: tuple[Tool, ...] = (
    Tool(
        "station_status", "R0",
        _words(
            "Diz se as vagas estão livres, ocupadas, carregando ou com defeito. Sem station, diz de todas.",
            "Tells which bays are free, occupied, charging or out of order. Without station, of all of them.",
            "Dice qué plazas están libres, ocupadas, cargando o averiadas. Sin station, de todas.",
        ),
        (_MAYBE_STATION,),
    ),
    Tool(
        "prices", "R0",
        _words(
            "Diz o preço do kWh agora e o próximo, a taxa de início e a de ociosidade. Nunca diga um preço de memória.",
            "Tells the price of a kWh now and next, the session fee and the idle fee. Never tell a price from memory.",
            "Dice el precio del kWh ahora y el siguiente, la tarifa de inicio y la de ocupación. Nunca digas un precio "
            "de memoria.",
        ),
        (_MAYBE_STATION,),
    ),
    Tool(
        "how_to", "R0",
        _words(
            "Procura nos textos do local: como carregar, pagar, soltar o cabo, banheiro, wifi, telefone do suporte.",
            "Searches the site's own texts: how to charge, pay, release the cable, toilets, wifi, support phone.",
            "Busca en los textos del lugar: cómo cargar, pagar, soltar el cable, baños, wifi, teléfono de soporte.",
        ),
        (
            ToolArgument(
                "question", Text(300),
                _words(
                    "A pergunta do motorista, com as palavras dele.",
                    "The driver's question, in his own words.",
                    "La pregunta del conductor, con sus palabras.",
                ),
                required=True, free=True,
            ),
        ),
    ),
    Tool(
        "my_charge", "R1",
        _words(
            "Custo, energia, potência e tempo da recarga em andamento do próprio motorista. Precisa do cartão dele.",
            "Cost, energy, power and time of the driver's own running charge. Needs his card.",
            "Costo, energía, potencia y tiempo de la carga en curso del propio conductor. Necesita su tarjeta.",
        ),
    ),
    Tool(
        "my_history", "R1",
        _words(
            "As últimas recargas do próprio motorista. Precisa do cartão dele no leitor.",
            "The driver's own last charges. Needs his card at the reader.",
            "Las últimas cargas del propio conductor. Necesita su tarjeta en el lector.",
        ),
        (
            ToolArgument(
                "limit", Whole(1, 10),
                _words("Quantas recargas; 3 se não disser.", "How many; 3 when not said.", "Cuántas; 3 si no se dice."),
            ),
        ),
    ),
    Tool(
        "start_charge", "W1",
        _words(
            "Propõe começar uma recarga. O cabo deve estar conectado e o motorista deve mostrar o cartão e confirmar "
            "com o toque na tela ou o cartão de novo. Falar nunca confirma.",
            "Proposes to start a charge. The cable must be plugged in, and the driver must show his card and confirm "
            "by touching the screen or showing the card again. Speech never confirms.",
            "Propone empezar una carga. El cable debe estar conectado y el conductor debe mostrar su tarjeta y "
            "confirmar tocando la pantalla o con la tarjeta otra vez. Hablar nunca confirma.",
        ),
        (
            ToolArgument("station", Place(), _STATION, required=True),
            _EVSE, _ENERGY, _DISTANCE, _LEAVE,
            ToolArgument(
                "max_cost", Money(),
                _words(
                    "Custo máximo na moeda do local, como texto com ponto: 50.00.",
                    "Highest cost in the site's currency, as text with a point: 50.00.",
                    "Costo máximo en la moneda del lugar, como texto con punto: 50.00.",
                ),
            ),
        ),
    ),
    Tool(
        "stop_charge", "W2",
        _words(
            "Para a recarga do próprio motorista. Precisa do cartão que a começou.",
            "Stops the driver's own charge. Needs the card that started it.",
            "Detiene la carga del propio conductor. Necesita la tarjeta que la inició.",
        ),
        (_MAYBE_STATION, _EVSE),
    ),
    Tool(
        "plan_departure", "W2",
        _words(
            "Diz quando o motorista sai e quanta energia ainda quer na recarga em andamento. Precisa do cartão que a "
            "começou.",
            "Says when the driver leaves and how much more energy he wants in his running charge. Needs the card that "
            "started it.",
            "Dice cuándo sale el conductor y cuánta energía más quiere en su carga en curso. Necesita la tarjeta que "
            "la inició.",
        ),
        (_MAYBE_STATION, _EVSE, _LEAVE, _ENERGY, _DISTANCE),
    ),
    Tool(
        "report_problem", "W3",
        _words(
            "Registra um problema do local para a equipe técnica, como 'o cabo está travado'.",
            "Writes down a problem at the site for the technicians, such as 'the cable is stuck'.",
            "Registra un problema del lugar para los técnicos, como 'el cable está trabado'.",
        ),
        (
            _MAYBE_STATION, _EVSE,
            ToolArgument(
                "category", OneOf(CATEGORIES),
                _words("Do que se trata.", "What it is about.", "De qué se trata."),
                required=True,
            ),
            ToolArgument(
                "text", Text(500),
                _words(
                    "O problema, com as palavras do motorista.",
                    "The problem, in the driver's words.",
                    "El problema, con las palabras del conductor.",
                ),
                required=True, free=True,
            ),
        ),
    ),
)  # fmt: skip

TOOLS: Mapping[str, Tool] = {tool.name: tool for tool in _ALL}
"""Every tool by its name."""
