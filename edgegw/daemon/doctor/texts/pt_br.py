"""Português do Brasil."""

WORDS = {
    "bad": "RUIM ",
    "warm": "AVISO",
    "hint": "dica ",
    "why": "por quê: ",
    "mend": "conserto:",
    "none": "nada de errado",
    "sum": "{bad} ruins, {warm} a cuidar, {hint} a saber",
    "spot": "A vaga {evse}",
    "itself": "Ela",
    "station": "Um carro talvez não carregue ali, ou não como os registros deveriam mostrar.",
}

TEXTS = {
    "file_wrong": (
        "{place}: {message}",
        "O gateway não aceita este arquivo; até que esteja certo, vale o último bom, ou nada inicia.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "file_warning": (
        "{place}: {message}",
        "O local funciona sem isso; o que depende disso, não.",
        "sudoedit {file} && edgegw check {file} && sudo edgegw reload",
    ),
    "last_good_in_force": (
        "A configuração editada foi recusada e vale a última boa: {reason}",
        "O que mudou desde então ainda não vale, e sem a pasta de estado nada teria com que iniciar.",
        "edgegw check && sudo edgegw reload",
    ),
    "hub_away": (
        "{reason}",
        "As estações carregam com seus limites baixos, e quem não está na lista delas não carrega.",
        "sudo systemctl start edgegw; journalctl -u edgegw -n 50",
    ),
    "hub_denied": (
        "{reason}",
        "Sem isso o doctor vê a máquina, mas não o que o gateway vê.",
        "sudo edgegw doctor",
    ),
    "service_down": (
        "{service} não está rodando: {reason}",
        "Tenta-se de novo a cada minuto; até lá, o que ele faz pelo local fica parado.",
        "journalctl -u edgegw -n 50; depois de mudar o arquivo: sudo edgegw reload",
    ),
    "ledger_refuses": (
        "O livro de registros não aceita escritas: {reason}",
        "Nada é respondido sem estar escrito: nenhuma recarga nova começa.",
        "df -h; journalctl -u edgegw -n 50; sudo systemctl restart edgegw",
    ),
    "ledger_set_aside": (
        "Um livro de registros danificado foi posto de lado: {file}",
        "O que se pôde ler foi salvo; o resto talvez ainda se leia à mão.",
        "edgegw journal verify; depois copie o arquivo para outro lugar e apague-o",
    ),
    "storage_full": (
        "O livro de registros não tem mais espaço",
        "Nenhuma recarga nova é aceita; as que correm são encerradas e cobradas.",
        "df -h; libere espaço, ou aumente storage.budget e: sudo systemctl restart edgegw",
    ),
    "storage_pressed": (
        "O espaço do livro de registros está acabando, e as leituras mais antigas saem",
        "Curvas do passado se perdem; fatos que a nuvem não tem ficam até o fim.",
        "df -h; libere espaço, ou aumente storage.budget e: sudo systemctl restart edgegw",
    ),
    "fallback": (
        "O controle de carga está em modo de reserva: {reason}",
        "Todas as vagas ficam na corrente baixa que cabe sem medidor.",
        "edgegw stations list; veja acima o que há com os medidores",
    ),
    "station": ("{text}", "{why}", "{todo}"),
    "knock": (
        "Alguém em {address} bate à porta e não entra ({count}×, a última em {at}): {reason}",
        "Pode ser uma estação cujo nome ou senha não é o do arquivo.",
        "edgegw stations knocks; se é daqui, ponha-a no arquivo",
    ),
    "port_taken": (
        "A porta {port} em {address} está com {holder}",
        "O gateway não pode escutar ali, e quem se conecta encontra outro programa.",
        "sudo ss -ltnp 'sport = :{port}'; pare esse programa, ou use outra porta",
    ),
    "port_unusable": (
        "Não dá para escutar em {address}:{port}: {reason}",
        "Quem se conecta ali não encontra ninguém.",
        "ip -br address; sudo ss -ltnp 'sport = :{port}'; corrija o endereço ou a porta no arquivo",
    ),
    "socket_uncovered": (
        "{address}:{port} não está com edgegw-ocpp.socket",
        "O próprio gateway escuta ali: enquanto reinicia, as estações são recusadas e voltam um pouco depois.",
        "sudo systemctl edit edgegw-ocpp.socket: [Socket] ListenStream={address}:{port}",
    ),
    "no_network": (
        "Nenhuma interface de rede tem sinal",
        "Não se alcança estação, medidor nem nuvem.",
        "ip -br link; olhe o cabo e o switch",
    ),
    "clock_impossible": (
        "O relógio diz {now} UTC, antes de esta versão existir",
        "Contas e certificados precisam da hora; as estações são atendidas, e as horas se corrigem depois.",
        "timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_unsynced": (
        "Nenhuma fonte de hora acerta o relógio",
        "Ele se desvia, e com ele as horas das contas e as faixas de preço.",
        "sudo timedatectl set-ntp true; timedatectl timesync-status",
    ),
    "clock_no_battery": (
        "Não há relógio com bateria",
        "Depois de uma queda de energia não se sabe a hora até um servidor de hora responder.",
        "instale um relógio com bateria (RTC), ou garanta um servidor de hora na rede do local",
    ),
    "disk_read_only": (
        "{folder} está num sistema de arquivos montado só para leitura",
        "Nada pode ser escrito, e nenhuma recarga começa. Um cartão gasto costuma acabar assim.",
        "dmesg | tail; findmnt -T {folder}; sudo mount -o remount,rw ...; se voltar: outro cartão",
    ),
    "disk_full": (
        "Só há {free} livres em {folder}",
        "Quando acabar, nenhuma recarga nova é aceita.",
        "df -h {folder}; sudo journalctl --vacuum-size=200M; sudo apt clean",
    ),
    "disk_small": (
        "Há {free} livres em {folder}, menos do que o livro ainda pode ocupar (storage.budget: {budget})",
        "As leituras mais antigas saem antes do que o orçamento diz.",
        "df -h {folder}; libere espaço, ou diminua storage.budget",
    ),
    "card_worn_out": (
        "O cartão {device} diz que sua vida acabou",
        "Qualquer dia ele pode virar só leitura ou perder o que se escreve.",
        "edgegw journal backup /media/usb, e troque o cartão",
    ),
    "card_worn": (
        "O cartão {device} já usou {used} % da vida, segundo ele mesmo",
        "Em alguns meses ele vira só leitura ou perde o que se escreve.",
        "edgegw journal backup /media/usb, e tenha outro cartão à mão",
    ),
    "ledger_damaged": (
        "O livro de registros está danificado: {reason}",
        "Um reinício o põe de lado e salva o que se pode ler; até lá, leituras podem falhar.",
        "sudo systemctl restart edgegw; edgegw journal verify",
    ),
    "serial_absent": (
        "{path} não existe; existem: {others}",
        "O que está ligado nele não pode ser lido. Adaptadores mudam de nome se o arquivo não usa by-id.",
        "ls -l /dev/serial/by-id; ligue o adaptador, ou corrija o nome no arquivo",
    ),
    "serial_denied": (
        "{who} não pode abrir {path}",
        "O que está ligado nele não pode ser lido.",
        "sudo usermod -aG {group} {who} && sudo systemctl restart edgegw",
    ),
    "serial_name": (
        "{path} pode ser outro dispositivo depois de ligar de novo",
        "Dois adaptadores trocam de lugar quando um demora: lê-se o medidor no barramento errado.",
        "escreva {better} no arquivo, e: sudo edgegw reload",
    ),
    "meter_silent": (
        "Não pode ser lido: {reason}",
        "O que ele mede conta no máximo que pode ser, e os carros recebem menos.",
        "olhe a energia dele, A e B do barramento e o número da unidade, e: {read}",
    ),
    "certificate_unusable": (
        "{path} não pode ser usado: {reason}",
        "Ninguém se conecta por TLS onde ele é preciso.",
        "openssl x509 -in {path} -noout -text; ponha um arquivo PEM no lugar, e: sudo edgegw reload",
    ),
    "certificate_key": (
        "{path}: {reason}",
        "Um certificado sem a própria chave não prova nada: o TLS não inicia.",
        "ponha certificado e chave do mesmo par no lugar, e: sudo edgegw reload",
    ),
    "certificate_chain": (
        "{path}: um certificado nele não é assinado pelo seguinte",
        "Estações e brokers que só conhecem a raiz não acham o caminho até ela.",
        "ponha-os em ordem, o próprio primeiro, cada um antes do que o assinou; depois: sudo edgegw reload",
    ),
    "certificate_expired": (
        "{path} venceu em {at}",
        "Quem o confere desliga.",
        "renove-o, e: sudo edgegw reload",
    ),
    "certificate_expiring": (
        "{path} vence em {at}",
        "A partir daí, quem o confere desliga.",
        "renove-o, e: sudo edgegw reload",
    ),
    "broker_away": (
        "Sem conexão com {url}: {reason}",
        "As recargas continuam; o que acontece espera aqui pela nuvem, e a nuvem não pode mandar nada.",
        "journalctl -u edgegw -n 50 | grep broker; olhe o acesso à internet, a conta e a senha",
    ),
    "watermark_missing": (
        "{url} está conectado, mas o que se acabou de escrever não foi confirmado em {patience} s",
        "Nada se perde, e nada é entregue: a ponta da nuvem pode estar parada.",
        "edgegw journal stats; mande olhar a ponta da nuvem (edgegw ingest, ou a própria)",
    ),
    "watermark_late": (
        "{waiting} fatos esperam pela nuvem, o mais antigo há {oldest}",
        "Nada se perde; a nuvem fica sabendo tarde.",
        "edgegw journal stats",
    ),
    "events_parked": (
        "{parked} eventos foram recusados pela nuvem e postos de lado",
        "A nuvem não os conhece.",
        "edgegw journal stats; journalctl -u edgegw | grep parked",
    ),
    "credential_missing": (
        "A credencial {name} não está guardada",
        "Quem precisa dela para entrar não consegue.",
        "sudo edgegw credential set {name}",
    ),
    "vault_away": (
        "O Vault não dá segredos: {reason}",
        "O que tem o segredo de lá funciona com o último, e depois de um reinício, não.",
        "olhe secrets.vault no arquivo, e: sudo edgegw reload",
    ),
    "voice": (
        "{part}: {reason}",
        "EVA não fala; a tela do quiosque e as recargas continuam.",
        "edgegw voice --check",
    ),
}
