"""A closed grammar of what drivers ask at a kiosk, in Portuguese, English and Spanish: words in, one tool call out.

It is read with a recognizer that mishears, so what moves something needs two words that agree, and what fits nothing is
nothing. Whatever it makes of a sentence is a proposal like the model's: the hub decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from edgegw.model.value import value
from edgegw.voice.languages import Language
from edgegw.voice.recognize.numerals import digits


@value()
class Wish:
    """A tool and its arguments."""

    tool: str
    args: Mapping[str, Any]


_CHARGE = r"(recargas?|cargas?|carregamento|carregar|carregando|charge|charging|charger|cargar|cargando)"
_SPOT = r"(vaga|estacao|carregador|ponto|box|spot|station|charger|bay|plaza|estacion|cargador|puesto)"
_STOP = r"(para|pare|parar|encerra|encerrar|termina|terminar|finaliza|finalizar|stop|end|finish|deten|detener|detiene)"
_START = r"(comeca|comece|comecar|inicia|inicie|iniciar|liga|ligar|start|begin|empieza|empezar|empiece|libera|liberar)"
_BROKEN = (
    r"(travad[oa]|pres[oa]|quebrad[oa]|defeito|problema|nao funciona|nao solta|stuck|broken|problem|not work(ing)?"
    r"|doesn t work|trabad[oa]|atascad[oa]|averiad[oa]|roto|no funciona|no sale)"
)
_SPENT = r"(gastei|ja gastei|gasto|minha (re)?carga|ate agora|spent|so far|my charge|he gastado|llevo|mi carga)"
_MUCH = r"(quanto|how much|cuanto)"
_PRICE = r"(preco|precos|tarifa|tarifas|valor|custa|custo|price|prices|cost|costs|cuesta|precio|precios)"
_LAST = r"(historico|ultimas (re)?cargas|minhas (re)?cargas|history|last charges|historial|mis cargas)"
_FREE = r"(livres?|ocupad[oa]s?|disponivel|disponiveis|status|free|available|occupied|libres?|disponibles?|estado)"
_LEAVE = r"(sair|saio|saida|partir|vou embora|leave|leaving|departure|salir|salgo|salida|me voy)"
_HELP = r"(como (faco|funciona|uso|eu|se|puedo)|ajuda|how (do|does|to|can)|help|ayuda|onde|where|donde)"
_AFTERNOON = r"(da tarde|da noite|pm|p m|in the (afternoon|evening)|at night|de la (tarde|noche))"
_CLOCK = r"\b(?:as|at|a las|a la|ate as|hasta las) (\d{1,2})(?: horas)?(?: (?:e |y |h )?(\d{2}|meia|media)\b)?"
_MORNING = r"(da manha|da madrugada|am|a m|in the morning|de la manana)"


def understand(text: str, labels: Mapping[str, str], hour: int = 12) -> Wish | None:
    """The tool call that a sentence amounts to, None when it is none of the known.

    `labels`: what each station is called, by id. `hour`: of the local clock now, for times without a part of the day.
    """
    words = digits(_folded(text))
    where = _station(words, labels)
    place = {} if where is None else {"station": where}

    def has(*patterns: str) -> bool:
        return all(re.search(rf"\b{pattern}\b", words) for pattern in patterns)

    if has(_BROKEN):
        return Wish("report_problem", {**place, "category": _category(words), "text": text.strip()[:500]})
    if has(_STOP, _CHARGE) or (has(_STOP) and where is not None):
        return Wish("stop_charge", place)
    plan = _plan(words, hour)
    if has(_START, _CHARGE) or (has(_START) and where is not None):
        return Wish("start_charge", {**_or_only(place, labels), **plan})
    if plan and (has(_LEAVE) or "leave_at" not in plan):
        return Wish("plan_departure", {**place, **plan})
    if has(_SPENT) and (has(_MUCH) or has(_CHARGE)):
        return Wish("my_charge", {})
    if has(_LAST):
        return Wish("my_history", {})
    if has(_PRICE) or has(_MUCH, _CHARGE):
        return Wish("prices", place)
    if has(_FREE):
        return Wish("station_status", place)
    if has(_HELP):
        return Wish("how_to", {"question": text.strip()[:300]})
    return None


def _folded(text: str) -> str:
    """Small letters without accents, words with single blanks between them."""
    plain = unicodedata.normalize("NFD", text.lower())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(each for each in plain if not unicodedata.combining(each))))


def _station(words: str, labels: Mapping[str, str]) -> str | None:
    """The station that is named, by its label, its id, or the only number behind a word for a spot."""
    padded = f" {words} "
    for id, label in sorted(labels.items(), key=lambda item: -len(item[1])):
        if f" {digits(_folded(label))} " in padded or f" {_folded(id)} " in padded:
            return id
    named = re.search(rf"\b{_SPOT} (numero |number )?(\d+)\b", words)
    if named is None:
        return None
    fitting = [id for id, label in labels.items() if re.findall(r"\d+", label)[-1:] == [named[3]]]
    return fitting[0] if len(fitting) == 1 else None


def _or_only(place: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    return dict(place) if place or len(labels) != 1 else {"station": next(iter(labels))}


def _plan(words: str, hour: int) -> dict[str, Any]:
    plan: dict[str, Any] = {}
    if far := re.search(r"\b(\d{1,4}) (km|quilometros?|kilometros?|kilometers?|kilometres?)\b", words):
        plan["distance_km"] = int(far[1])
    elif energy := re.search(r"\b(\d{1,3}) (kwh|quilowatts?( hora)?|kilowatts?( hours?| hora)?|kilovatios?)\b", words):
        plan["energy_kwh"] = int(energy[1])
    clock = re.search(_CLOCK, words)
    if clock is not None and int(clock[1]) < 24:
        minutes = {"meia": "30", "media": "30", None: "00"}.get(clock[2], clock[2])
        if minutes is not None and int(minutes) < 60:
            plan["leave_at"] = f"{_hour(int(clock[1]), words, hour):02}:{minutes}"
    return plan


def _hour(said: int, words: str, now: int) -> int:
    """Of the day: `six` is the next six o'clock of a face with twelve hours, unless the part of the day is said."""
    if said > 12 or said == 0 or re.search(rf"\b{_MORNING}\b", words):
        return said % 24
    if re.search(rf"\b{_AFTERNOON}\b", words):
        return said if said == 12 else said + 12
    return said if said > now or said == 12 else said + 12


def _category(words: str) -> str:
    for pattern, category in (
        (r"fogo|fumaca|choque|queimad\w+|fire|smoke|shock|burn\w*|fuego|humo", "safety"),
        (r"cabo|cable", "cable"),
        (r"conector|plugue|tomada|connector|plug|enchufe", "connector"),
        (r"tela|visor|screen|display|pantalla", "display"),
        (r"pagar|pagamento|payment|pay|pago", "payment"),
        (r"cartao|card|tarjeta", "card"),
        (rf"{_CHARGE}|carregador|cargador|estacao|estacion|station", "charging"),
    ):
        if re.search(rf"\b({pattern})\b", words):
            return category
    return "other"


_PHRASES: Mapping[Language, Sequence[str]] = {
    "pt-BR": (
        "quanto custa carregar aqui", "qual é o preço", "quanto já gastei", "quanto custa a minha recarga até agora",
        "quais vagas estão livres", "começa a recarga na {spot}", "começa na {spot}", "para a minha recarga",
        "minhas últimas recargas", "o cabo está travado", "o carregador não funciona", "como faço para carregar",
        "preciso sair às {hour}", "preciso sair às {hour} da tarde", "quero mais cem quilômetros", "ajuda", "tchau",
    ),
    "en": (
        "how much does it cost", "what is the price", "how much have i spent", "which spots are free",
        "start charging at {spot}", "stop my charge", "my last charges", "the cable is stuck",
        "the charger is not working", "how do i charge", "i leave at {hour}", "help", "goodbye",
    ),
    "es": (
        "cuánto cuesta cargar aquí", "cuál es el precio", "cuánto he gastado", "qué plazas están libres",
        "empieza la carga en {spot}", "detener mi carga", "mis últimas cargas", "el cable está trabado",
        "el cargador no funciona", "cómo puedo cargar", "tengo que salir a las {hour}", "ayuda", "adiós",
    ),
}  # fmt: skip
_HOURS: Mapping[Language, str] = {
    "pt-BR": "uma duas três quatro cinco seis sete oito nove dez onze doze",
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "es": "una dos tres cuatro cinco seis siete ocho nueve diez once doce",
}


def phrases(language: Language, labels: Mapping[str, str]) -> list[str]:
    """All sentences of the grammar with this kiosk's spots, for a recognizer that is told what it may hear."""
    found: list[str] = []
    for phrase in _PHRASES[language]:
        if "{spot}" in phrase:
            found += [phrase.replace("{spot}", label.lower()) for label in labels.values()]
        elif "{hour}" in phrase:
            found += [phrase.replace("{hour}", hour) for hour in _HOURS[language].split()]
        else:
            found.append(phrase)
    return found
