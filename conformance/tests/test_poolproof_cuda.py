"""The rules on CUDA tensors, rehearsed on the CPU, which their plans can name as the device."""

from __future__ import annotations

import sys
from pathlib import Path

import poolproof_cases_data
import poolproof_cases_race
import poolproof_cases_start
import pytest
from poolproof.catalogue import rules
from poolproof.drivers import capabilities as can
from poolproof.drivers import cuda
from poolproof.plan import Plan
from poolproof.profiles import PROFILES
from poolproof.sabotage import HONEST
from poolproof.saboteurs import saboteurs
from poolproof.saboteurs.record import Saboteur
from poolproof.stage.keeper import Keeper
from poolproof.trial import Failure, Trial

torch = pytest.importorskip("torch")

PLANS: dict[str, Plan] = (
    poolproof_cases_data.PLANS | poolproof_cases_race.PLANS | poolproof_cases_start.PLANS
)
IDS = [rule.id for rule in rules().values() if can.CUDA in rule.needs]
SABOTEURS = [saboteur for saboteur in saboteurs() if saboteur.rule in IDS]


def rehearsed(keeper: Keeper, rule: str) -> Failure | None:
    trial = Trial(rules()[rule], keeper, PROFILES["quick"])
    trial.fails(PLANS[rule])
    assert not trial.unknowns
    return trial.failure


def test_a_right_pool_holds_them_where_the_device_is_the_processor() -> None:
    with Keeper(HONEST, "forkless") as keeper:
        assert {rule: rehearsed(keeper, rule) for rule in IDS} == dict.fromkeys(IDS)


@pytest.mark.skipif(sys.platform == "win32", reason="workers must be forked to be rehearsing too")
@pytest.mark.usefixtures("_stage_finds_test_modules")
@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.name)
def test_its_saboteur_breaks_it_there(saboteur: Saboteur) -> None:
    with Keeper(f"poolproof_rehearsal:{saboteur.name.replace('-', '_')}", "fork") as keeper:
        failure = rehearsed(keeper, saboteur.rule)
    assert failure is not None
    assert saboteur.says in failure.message


def test_a_torch_without_cuda_shows_no_device() -> None:
    assert torch.version.cuda or not cuda.usable("spawn")


@pytest.mark.parametrize("built", ["None", "'13.0'"])
def test_torch_says_what_it_was_built_for(built: str, tmp_path: Path) -> None:
    (tmp_path / "version.py").write_text(f"cuda = {built}\n")
    assert cuda.built_for_cuda(tmp_path) == (built != "None")
