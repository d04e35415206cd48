"""The MQTT broker: does it run, answer, know us, and keep what comes while we are away?"""

import time

from coldshed import broker
from coldshed.addresses import known_broker_address
from coldshed.doctor.inspection import Inspection
from coldshed.port_owner import port_owner
from core.overview import doctor
from core.overview import doctor_texts as texts
from core.overview.check_results import CheckVerdict
from core.overview.doctor import DoctorFinding
from core.overview.system_issue_texts import SYSTEM_ISSUE_TEXTS
from ingest.broker_probe import BrokerProbe


def check_broker(inspection: Inspection) -> list[DoctorFinding]:
    settings = inspection.settings
    if settings.mqtt_url is None and broker.running_broker(settings) is None:
        return [_included_is_off(settings.mqtt_port)]
    address = known_broker_address(settings)
    probe = BrokerProbe(address)
    fault = probe.fault()
    if fault is not None:
        text = SYSTEM_ISSUE_TEXTS[fault.word]
        return [DoctorFinding(texts.BROKER, CheckVerdict.BAD, text, {"why": fault.text})]
    where = {"host": address.host, "port": address.port}
    findings = [DoctorFinding(texts.BROKER, CheckVerdict.OK, texts.BROKER_KNOWS_US, where)]
    days = probe.certificate_days_left(time.time())
    if days is not None:
        findings.append(doctor.certificate(days))
    if inspection.is_thorough:
        findings.append(doctor.queue(probe.queue(doctor.QUEUE_TRIED)))
    return findings


def _included_is_off(port: int) -> DoctorFinding:
    who = port_owner(port)
    if who is None:
        return DoctorFinding(texts.BROKER, CheckVerdict.BAD, texts.BROKER_OFF)
    return DoctorFinding(texts.BROKER, CheckVerdict.BAD, texts.BROKER_PORT_TAKEN, {"port": port, "who": who})
