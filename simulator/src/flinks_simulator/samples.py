"""Sample data: account holders, shops, and the kinds of accounts with their monthly money flow."""

from dataclasses import dataclass

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Person:
    """An account holder with a Canadian address."""

    name: str
    civic_address: str
    city: str
    province: str
    postal_code: str
    email: str
    phone_number: str


@dataclass(frozen=True)
class Flow:
    """Money that moves on one day of every month, in percent of the account's monthly base amount."""

    day: int
    description: str
    percent: int


@dataclass(frozen=True)
class Product:
    """A kind of account; base and opening amounts are ranges in cents, `purchases` is the default number per month."""

    title: str
    category: str
    kind: str
    currency: str
    base_cents: tuple[int, int]
    opening_cents: tuple[int, int]
    credits: tuple[Flow, ...]
    debits: tuple[Flow, ...]
    purchases: int
    purchase_percent: int
    overdraft: int = 0
    limit: int | None = None

    @property
    def is_credit(self) -> bool:
        """Whether this is a credit account; debt is a negative balance [I]."""
        return self.category == "Credits"


PEOPLE = (
    Person(
        "John Doe",
        "1275 Avenue des Canadiens-de-Montréal",
        "Montréal",
        "QC",
        "H3B 0G4",
        "john.doe@example.com",
        "(514) 555-0142",
    ),
    Person(
        "Geneviève Tremblay-Côté",
        "455 Rue du Parvis",
        "Québec",
        "QC",
        "G1K 9H6",
        "genevieve.tremblay@example.com",
        "(418) 555-0117",
    ),
    Person("Priya Sharma", "200 Bay Street", "Toronto", "ON", "M5J 2J5", "priya.sharma@example.com", "(416) 555-0163"),
    Person(
        "François L'Écuyer",
        "88 Rue Wellington N, app. 3",
        "Sherbrooke",
        "QC",
        "J1H 5B8",
        "f.lecuyer@example.com",
        "(819) 555-0129",
    ),
    Person(
        "Margaret O'Neill",
        "1055 West Georgia Street",
        "Vancouver",
        "BC",
        "V6E 3P3",
        "m.oneill@example.com",
        "(604) 555-0188",
    ),
)

SHOPS = (
    "ACHAT INTERAC - IGA EXTRA 8041",
    "METRO PLUS 2230",
    "STM OPUS RECHARGE",
    "TIM HORTONS #2217",
    "PHARMAPRIX 0064",
    "VIREMENT INTERAC À J. GAGNÉ",
    "INTERAC E-TRANSFER SENT",
    "SAQ SÉLECTION 23066",
    "CINEPLEX ODEON",
    "COUCHE-TARD 715",
    "DOLLARAMA #1148",
    "LOBLAWS 1079",
    "PETRO-CANADA 42310",
    "RETRAIT AU GUICHET",
)

_CHEQUING = Product(
    "Chequing CAD",
    "Operations",
    "Chequing",
    "CAD",
    base_cents=(340_000, 620_000),
    opening_cents=(380_000, 700_000),
    credits=(Flow(1, "PAYROLL ACME INC", 50), Flow(15, "PAYROLL ACME INC", 50)),
    debits=(
        Flow(2, "LOYER / RENT - GESTION BELLERIVE", 31),
        Flow(10, "HYDRO-QUÉBEC", 3),
        Flow(12, "BELL MOBILITÉ", 2),
        Flow(28, "TRANSFER TO SAVINGS", 8),
    ),
    purchases=26,
    purchase_percent=56,
    overdraft=500,
)
_SAVINGS = Product(
    "Épargne / Savings CAD",
    "Operations",
    "Savings",
    "CAD",
    base_cents=(20_000, 60_000),
    opening_cents=(500_000, 2_400_000),
    credits=(Flow(28, "TRANSFER FROM CHEQUING", 100), Flow(28, "INTEREST / INTÉRÊTS", 2)),
    debits=(Flow(17, "TRANSFER TO CHEQUING", 40),),
    purchases=0,
    purchase_percent=0,
)
_CARD = Product(
    "Visa Classic",
    "Credits",
    "CreditCard",
    "CAD",
    base_cents=(60_000, 160_000),
    opening_cents=(-110_000, -20_000),
    credits=(Flow(20, "PAIEMENT MERCI / PAYMENT THANK YOU", 100),),
    debits=(Flow(6, "NETFLIX.COM", 2),),
    purchases=22,
    purchase_percent=98,
    limit=5_000,
)
_LINE_OF_CREDIT = Product(
    "Marge de crédit / Line of credit",
    "Credits",
    "LineOfCredit",
    "CAD",
    base_cents=(30_000, 60_000),
    opening_cents=(-900_000, -300_000),
    credits=(Flow(12, "PAYMENT RECEIVED", 100),),
    debits=(Flow(5, "CASH ADVANCE", 88), Flow(28, "INTEREST / INTÉRÊTS", 12)),
    purchases=0,
    purchase_percent=0,
    limit=15_000,
)
_US_DOLLARS = Product(
    "Compte USD / US dollar account",
    "Operations",
    "Chequing",
    "USD",
    base_cents=(10_000, 40_000),
    opening_cents=(50_000, 300_000),
    credits=(Flow(3, "CURRENCY EXCHANGE", 100),),
    debits=(),
    purchases=4,
    purchase_percent=100,
)

PRODUCTS = (_CHEQUING, _SAVINGS, _CARD, _LINE_OF_CREDIT, _US_DOLLARS)
