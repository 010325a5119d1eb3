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
    # a proof is wanted
    "proof.start": (
        "Aproxime seu cartão do leitor para começar.", "Hold your card to the reader to start.",
        "Acerque su tarjeta al lector para empezar.",
    ),
    "proof.own": (
        "Aproxime seu cartão do leitor para ver a sua recarga.", "Hold your card to the reader to see your charge.",
        "Acerque su tarjeta al lector para ver su carga.",
    ),
    "proof.own_at_kiosk": (
        "Aproxime seu cartão do leitor deste totem para ver as suas recargas.",
        "Hold your card to this kiosk's reader to see your charges.",
        "Acerque su tarjeta al lector de este tótem para ver sus cargas.",
    ),
    "proof.started": (
        "Aproxime o cartão usado para iniciar.", "Hold the card that started it to the reader.",
        "Acerque la tarjeta con la que se inició.",
    ),
    "proof.not_owner": (
        "Este não é o cartão que iniciou essa recarga. Aproxime o cartão usado para iniciar.",
        "This is not the card that started that charge. Hold the card that started it to the reader.",
        "Esta no es la tarjeta que inició esa carga. Acerque la tarjeta con la que se inició.",
    ),
    "proof.accepted": ("Cartão aceito.", "Card accepted.", "Tarjeta aceptada."),
    "proof.refused": (
        "Este cartão não foi aceito.", "This card was not accepted.", "Esta tarjeta no fue aceptada.",
    ),
    "proof.locked": (
        "Muitas tentativas. Aguarde alguns minutos ou use o cartão.",
        "Too many attempts. Wait some minutes or use your card.",
        "Demasiados intentos. Espere unos minutos o use la tarjeta.",
    ),
    # the read-back of a start
    "start.ask": (
        "Começar em {bay} por {price}{fee}{limit}. Confirme tocando na tela ou aproximando o cartão de novo.",
        "Start at {bay} for {price}{fee}{limit}. Confirm by touching the screen or showing your card again.",
        "Empezar en {bay} por {price}{fee}{limit}. Confirme tocando la pantalla o acercando la tarjeta otra vez.",
    ),
    "start.limit": (", no máximo {amount}", ", at most {amount}", ", como máximo {amount}"),
    "start.estimate": (", cerca de {amount} no máximo", ", about {amount} at most", ", unos {amount} como máximo"),
    "start.fee": (" mais {amount} de taxa", " plus a fee of {amount}", " más {amount} de tarifa"),
    "line.place": ("Vaga: {bay}", "Bay: {bay}", "Plaza: {bay}"),
    "line.price": ("Preço: {price}", "Price: {price}", "Precio: {price}"),
    "line.session": ("Taxa de início: {amount}", "Session fee: {amount}", "Tarifa de inicio: {amount}"),
    "line.idle": (
        "Ociosidade: {amount} por minuto após {minutes} min", "Idle fee: {amount} a minute after {minutes} min",
        "Ocupación: {amount} por minuto después de {minutes} min",
    ),
    "line.tax": ("Imposto: {percent} %", "Tax: {percent} %", "Impuesto: {percent} %"),
    "line.energy": ("Energia: {energy}", "Energy: {energy}", "Energía: {energy}"),
    "line.most_energy": ("Energia máxima: {energy}", "Energy at most: {energy}", "Energía máxima: {energy}"),
    "line.estimate": (
        "Custo estimado: até {amount}", "Estimated cost: up to {amount}",
        "Costo estimado: hasta {amount}",
    ),
    "line.max_cost": ("Custo máximo: {amount}", "Cost at most: {amount}", "Costo máximo: {amount}"),
    "line.no_max_cost": ("Sem custo máximo", "No highest cost", "Sin costo máximo"),
    "line.leave": ("Saída: {time}", "Leaving: {time}", "Salida: {time}"),
    # prices
    "price.kwh": ("{price} por kWh", "{price} a kWh", "{price} por kWh"),
    "price.now": ("Agora custa {price}", "Now it costs {price}", "Ahora cuesta {price}"),
    "price.of": ("{bay}: {price}", "{bay}: {price}", "{bay}: {price}"),
    "price.next": (", e {price} a partir das {time}", ", and {price} from {time}", ", y {price} desde las {time}"),
    "price.next_day": (
        ", e {price} a partir das {time} de {day}", ", and {price} from {time} on {day}",
        ", y {price} desde las {time} del {day}",
    ),
    "price.session": (
        "Há uma taxa de início de {amount}.", "There is a session fee of {amount}.",
        "Hay una tarifa de inicio de {amount}.",
    ),
    "price.idle": (
        "Depois de carregado, {amount} por minuto após {minutes} minutos.",
        "When the car is full, {amount} a minute after {minutes} minutes.",
        "Con la carga terminada, {amount} por minuto después de {minutes} minutos.",
    ),
    "price.tax": ("Mais {percent} % de imposto.", "Plus {percent} % tax.", "Más {percent} % de impuesto."),
    "price.none": (
        "Nenhum preço foi definido aqui.", "No price has been set here.", "No hay precio definido aquí.",
    ),
    # a driver's own charges
    "own.none": (
        "Não há recarga sua em andamento.", "You have no charge going on.", "No tiene ninguna carga en curso.",
    ),
    "own.running": (
        "{bay}: {energy} em {time}, {cost} até agora{power}.", "{bay}: {energy} in {time}, {cost} so far{power}.",
        "{bay}: {energy} en {time}, {cost} hasta ahora{power}.",
    ),
    "own.power": (", a {power}", ", at {power}", ", a {power}"),
    "history.none": (
        "Não encontrei recargas anteriores suas.", "I found no earlier charges of yours.",
        "No encontré cargas anteriores suyas.",
    ),
    "history.one": ("{day}: {energy}, {cost}", "{day}: {energy}, {cost}", "{day}: {energy}, {cost}"),
    "history.last": (
        "Suas últimas recargas: {charges}.", "Your last charges: {charges}.",
        "Sus últimas cargas: {charges}.",
    ),
    # the site's texts
    "howto.none": (
        "Não encontrei isso nos textos deste local.", "I found nothing about that in this site's texts.",
        "No encontré eso en los textos de este lugar.",
    ),
    "howto.found": ("{heading}: {text}", "{heading}: {text}", "{heading}: {text}"),
    # what is done
    "done.start_charge": (
        "Pronto, {bay} vai começar a carregar.", "Done, {bay} is about to charge.",
        "Listo, {bay} va a empezar a cargar.",
    ),
    "done.stop_charge": (
        "Pronto, a recarga em {bay} vai parar.", "Done, the charge at {bay} is ending.",
        "Listo, la carga en {bay} va a detenerse.",
    ),
    "done.plan_departure": ("Anotado para {bay}.", "Noted for {bay}.", "Anotado para {bay}."),
    "done.report_problem": (
        "Obrigada, o problema foi registrado.", "Thank you, the problem has been written down.",
        "Gracias, el problema quedó registrado.",
    ),
    "done.charging": ("{bay} começou a carregar.", "{bay} has begun to charge.", "{bay} empezó a cargar."),
    "under_way.start_charge": (
        "Pedi para {bay} começar e espero a resposta.", "I asked {bay} to start and wait for its answer.",
        "Pedí a {bay} que empiece y espero su respuesta.",
    ),
    "under_way.stop_charge": (
        "Pedi para {bay} parar e espero a resposta.", "I asked {bay} to stop and wait for its answer.",
        "Pedí a {bay} que pare y espero su respuesta.",
    ),
    "under_way.plan_departure": (
        "Anotei, mas ainda espero a confirmação.", "I noted it, but it is not confirmed yet.",
        "Lo anoté, pero aún espero la confirmación.",
    ),
    "under_way.report_problem": (
        "Anotei, mas ainda espero a confirmação.", "I noted it, but it is not confirmed yet.",
        "Lo anoté, pero aún espero la confirmación.",
    ),
    "failed.start_charge": (
        "{bay} não aceitou começar. Use o cartão na própria estação.",
        "{bay} did not agree to start. Use your card at the station itself.",
        "{bay} no aceptó empezar. Use la tarjeta en la propia estación.",
    ),
    "failed.stop_charge": (
        "{bay} não aceitou parar. Use o cartão na própria estação.",
        "{bay} did not agree to stop. Use your card at the station itself.",
        "{bay} no aceptó detenerse. Use la tarjeta en la propia estación.",
    ),
    "failed.plan_departure": (
        "Não foi possível anotar isso para {bay}.", "That could not be noted for {bay}.",
        "No se pudo anotar eso para {bay}.",
    ),
    "failed.report_problem": (
        "Não foi possível registrar o problema.", "The problem could not be written down.",
        "No se pudo registrar el problema.",
    ),
    "unknown.start_charge": (
        "{bay} não respondeu. Veja na estação se a recarga começou.",
        "{bay} did not answer. See at the station whether the charge has begun.",
        "{bay} no respondió. Vea en la estación si la carga empezó.",
    ),
    "unknown.stop_charge": (
        "{bay} não respondeu. Veja na estação se a recarga parou.",
        "{bay} did not answer. See at the station whether the charge has ended.",
        "{bay} no respondió. Vea en la estación si la carga se detuvo.",
    ),
    "unknown.plan_departure": (
        "Não sei se ficou anotado.", "I don't know whether it was noted.",
        "No sé si quedó anotado.",
    ),
    "unknown.report_problem": (
        "Não sei se ficou registrado.", "I don't know whether it was written down.", "No sé si quedó registrado.",
    ),
    # refusals
    "refused.bay_free": (
        "Conecte o cabo em {bay} primeiro.", "Plug the cable in at {bay} first.", "Conecte primero el cable en {bay}.",
    ),
    "refused.bay_charging": ("{bay} já está carregando.", "{bay} is charging already.", "{bay} ya está cargando."),
    "refused.bay_paused": (
        "{bay} já tem uma recarga em pausa.", "{bay} has a charge already, which is paused.",
        "{bay} ya tiene una carga en pausa.",
    ),
    "refused.bay_in_use": ("{bay} está em uso.", "{bay} is in use.", "{bay} está en uso."),
    "refused.bay_finishing": (
        "A recarga em {bay} terminou. Desconecte e conecte o cabo de novo.",
        "The charge at {bay} has finished. Unplug the cable and plug it in again.",
        "La carga en {bay} terminó. Desconecte y conecte el cable otra vez.",
    ),
    "refused.bay_reserved": (
        "{bay} está reservada. Use o cartão na própria estação.",
        "{bay} is reserved. Use your card at the station itself.",
        "{bay} está reservada. Use la tarjeta en la propia estación.",
    ),
    "refused.bay_out_of_order": (
        "{bay} está fora de serviço.", "{bay} is out of order.", "{bay} está fuera de servicio.",
    ),
    "refused.bay_offline": (
        "{bay} está sem comunicação. Use o cartão na própria estação.",
        "{bay} can't be reached. Use your card at the station itself.",
        "{bay} está sin comunicación. Use la tarjeta en la propia estación.",
    ),
    "refused.bay_unknown": (
        "{bay} ainda não informou seu estado. Use o cartão na própria estação.",
        "{bay} has not told how it is yet. Use your card at the station itself.",
        "{bay} aún no informó su estado. Use la tarjeta en la propia estación.",
    ),
    "refused.offline": (
        "{bay} está sem comunicação. Use o cartão na própria estação.",
        "{bay} can't be reached. Use your card at the station itself.",
        "{bay} está sin comunicación. Use la tarjeta en la propia estación.",
    ),
    "refused.no_bay": (
        "Não conheço essa vaga.", "I don't know that bay.", "No conozco esa plaza.",
    ),
    "refused.which_one": ("Qual delas: {bays}?", "Which one: {bays}?", "¿Cuál de ellas: {bays}?"),
    "refused.two_wishes": (
        "Diga a energia ou a distância, não as duas.", "Say the energy or the distance, not both.",
        "Diga la energía o la distancia, no las dos.",
    ),
    "refused.over_max_energy": (
        "Isso é mais energia do que posso pedir aqui.", "That is more energy than I may ask for here.",
        "Eso es más energía de la que puedo pedir aquí.",
    ),
    "refused.leave_at": (
        "Não entendi a hora de saída.", "I did not understand when you leave.", "No entendí la hora de salida.",
    ),
    "refused.no_wish": (
        "Diga a hora de saída ou quanta energia quer.", "Say when you leave or how much energy you want.",
        "Diga la hora de salida o cuánta energía quiere.",
    ),
    "refused.over_site_cost": (
        "Aqui o custo máximo é {amount}.", "The highest cost here is {amount}.", "Aquí el costo máximo es {amount}.",
    ),
    "refused.over_max_cost": (
        "Isso pode custar {estimate}, mais que o máximo de {amount}.",
        "That may cost {estimate}, more than the highest cost of {amount}.",
        "Eso puede costar {estimate}, más que el máximo de {amount}.",
    ),
    "refused.not_accepted": (
        "Este cartão não pode começar uma recarga.", "This card may not start a charge.",
        "Esta tarjeta no puede empezar una carga.",
    ),
    "refused.no_charge": (
        "Não há recarga em andamento aí.", "There is no charge going on there.", "No hay ninguna carga en curso ahí.",
    ),
    "refused.too_many_calls": (
        "Um momento, por favor.", "One moment, please.", "Un momento, por favor.",
    ),
    "refused.too_soon": (
        "Acabei de fazer um pedido. Aguarde alguns segundos e tente de novo.",
        "I have just done something. Wait some seconds and try again.",
        "Acabo de hacer un pedido. Espere unos segundos e intente de nuevo.",
    ),
    "refused.too_many_effects": (
        "Já fiz bastante nesta conversa. Toque no botão para começar outra.",
        "I have done enough in this conversation. Press the button to begin another one.",
        "Ya hice bastante en esta conversación. Toque el botón para empezar otra.",
    ),
    "refused.too_many_reports": (
        "Já registrei vários problemas nesta hora. Fale com o suporte, por favor.",
        "I have written down several problems in this hour. Please speak with the support.",
        "Ya registré varios problemas en esta hora. Hable con el soporte, por favor.",
    ),
    "refused.expired": (
        "O tempo para confirmar acabou. Peça de novo, por favor.", "The time to confirm is over. Please ask again.",
        "El tiempo para confirmar terminó. Pida de nuevo, por favor.",
    ),
    "refused.proof_gone": (
        "Seu cartão foi mostrado há muito tempo. Aproxime-o de novo e repita o pedido.",
        "Your card was shown too long ago. Show it again and ask once more.",
        "Su tarjeta se mostró hace mucho. Acérquela otra vez y repita el pedido.",
    ),
    "refused.unplugged": (
        "O cabo foi desconectado, então o pedido foi cancelado.", "The cable was unplugged, so that was called off.",
        "El cable se desconectó, así que el pedido se canceló.",
    ),
    "refused.in_use": (
        "A vaga já está em uso, então o pedido foi cancelado.", "The bay is in use by now, so that was called off.",
        "La plaza ya está en uso, así que el pedido se canceló.",
    ),
    "refused.taken_back": ("O pedido foi cancelado.", "That was called off.", "El pedido se canceló."),
    "refused.replaced": (
        "O pedido anterior foi substituído.", "The earlier request was replaced.",
        "El pedido anterior fue reemplazado.",
    ),
    "refused.another_card": (
        "Outro cartão foi mostrado, então o pedido foi cancelado.", "Another card was shown, so that was called off.",
        "Se mostró otra tarjeta, así que el pedido se canceló.",
    ),
    "refused.call_reused": (
        "Não entendi o pedido. Pode repetir?", "I did not understand that. Could you say it again?",
        "No entendí el pedido. ¿Puede repetirlo?",
    ),
    "refused.internal": (
        "Algo deu errado aqui. Use a tela ou o cartão.", "Something went wrong here. Use the screen or your card.",
        "Algo salió mal aquí. Use la pantalla o la tarjeta.",
    ),
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
    "refused.dialogue_over": (
        "Esta conversa já terminou. Toque no botão para começar outra.",
        "This conversation is over. Press the button to begin another one.",
        "Esta conversación ya terminó. Toque el botón para empezar otra.",
    ),
    "refused.closed": ("A conversa terminou.", "The conversation is over.", "La conversación terminó."),
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
