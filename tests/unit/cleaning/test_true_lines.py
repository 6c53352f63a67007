"""Lines of stories that sound like boilerplate: losing one is a defect of the first rank."""

from __future__ import annotations

import pytest

from ingest.cleaning.clean import clean_lines
from ingest.cleaning.rules import load_rules

RULES = load_rules()
STORY = [f"In week {week} the ferries ran late, and the islanders stopped asking for reasons." for week in range(12)]

TRUE_LINES = [
    "The newsletter, sent to 40,000 subscribers, was the first to print the leaked minutes.",
    "Sign up for war or lose your farm: that was the choice the recruiters gave.",
    "Thousands signed up to receive the vaccine on the first morning.",
    "She asked readers to sign up for a newsletter that did not exist yet.",
    "Subscribe to one theory of inflation and the other stops making sense.",
    "Subscribers to the paper fell by a third in five years.",
    "The company's app was downloaded two million times before regulators noticed.",
    "Download speeds on the island are the lowest in the country.",
    "The message told victims to click here to claim a refund.",
    "Click here, the fraudsters wrote, and half the village did.",
    "Follow the coast road north for an hour and you reach the first checkpoint.",
    "Follow us, the guide shouted, and the children ran.",
    "Join us for dinner, the invitation read; nobody guessed what it meant.",
    "Share prices on both exchanges closed lower.",
    "Share of renewables rises to 60 percent",
    "Read more poetry, her doctor told her.",
    "Reading more than one paper a day is a habit of the old.",
    "Related companies paid no tax in either year.",
    "See also how quickly the ministry changed its mind in March.",
    "More from the same fund will go to schools in the north.",
    "Advertisement of tobacco has been banned since 1999.",
    "Advertising revenue fell by 12 percent.",
    "Story continues to divide the town",
    "The article continues to be cited in court.",
    "Some rebel groups affiliated with the coast guard joined the operation.",
    "Brokers earn a commission on every boat, and nobody checks the boats.",
    "The views expressed at the hearing ranged from doubt to despair.",
    "Opinions expressed in the bar that night would fill a book.",
    "The story was first told by her grandmother, who had it from a sailor.",
    "The article was published in 1905 and changed physics.",
    "This report was first to name the owner.",
    "The post office appeared first on the list of closures.",
    "Copyright law has not kept up with machines.",
    "All rights of passage end on Friday.",
    "Comments on the draft may be sent in until June.",
    "Comment sections closed one after another that year.",
    "Leave a comment unanswered for a day and the mob decides for you.",
    "Reporting by satellite made the massacre undeniable.",
    "Editing by hand took the team eleven months.",
    "With inputs from both sides missing, the talks stalled.",
    "He contributed to this report by keeping silent about what he knew.",
    "Log in to the portal on Monday and you will find the page gone.",
    "Support for independent journalism was cut from the budget.",
    "Support us or step aside, the strikers' banner read.",
    "Donations reached two million crowns by the evening.",
    "Your inbox is not private, the tribunal found.",
    "By signing the treaty you agree to inspections, the envoy reminded them.",
    "Terms of the deal were not disclosed.",
    "Download the health service's app to see when your appointment is.",
    "Get the form delivered to your inbox and print it at the town hall.",
    "Recommended: sturdy boots, and a torch for the last mile.",
    "‘Response to the Blockade’",
    "“Sign up to our newsletter and we will leave you alone,” the pirates wrote.",
    "Der Newsletter des Senders erreicht mehr Menschen als die Sendung.",
    "Mehr zum Leben hatten sie damals nicht.",
    "Anzeige erstattete am Montag auch der Betreiber der Fähre.",
    "Passend dazu: ein trockener Weißwein von der Mosel.",
    "Lire aussi lentement est un luxe.",
    "Suivez la côte pendant une heure, et vous verrez le phare.",
    "Suscribirse al tratado costó tres gobiernos.",
    "Leggi anche severe non hanno fermato il traffico.",
    "Assine o contrato hoje ou perca o barco, disse o armador.",
    "Lees ook de kleine letters, waarschuwt de notaris.",
    "Les også det som står med liten skrift, er rådet.",
    "Dela inte uppgifter om transporterna, uppmanar försvaret.",
    "Del af aftalen er stadig hemmelig.",
    "Czytaj uważnie umowę, radzi rzecznik.",
]


@pytest.mark.parametrize("line", TRUE_LINES)
@pytest.mark.parametrize("at", [0, 6, 12], ids=["head", "middle", "tail"])
def test_true_line_stays(line, at):
    """
    A story's line stays wherever it stands.
    """
    lines = [*STORY[:at], line, *STORY[at:]]

    assert tuple(lines) == clean_lines(lines, RULES).paragraphs


@pytest.mark.parametrize("line", [line for line in TRUE_LINES if line.endswith((".", "’", "”"))])
def test_true_line_between_promos_stays(line):
    """
    A story's line stays even between the lines of a promo.
    """
    lines = [*STORY[:6], "Sign up to get the latest news on", line, "Subscribe now", *STORY[6:]]

    assert (*STORY[:6], line, *STORY[6:]) == clean_lines(lines, RULES).paragraphs
