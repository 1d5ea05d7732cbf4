"""What people work as."""

from holdfast.remembering.extracting.vocabulary.topic import words

__all__ = ["OCCUPATIONS"]

OCCUPATIONS = words(
    """
    accountant actor actuary analyst architect artist attorney auditor author baker banker barber barista bartender
    biologist bookkeeper broker builder buyer carpenter cashier chef chemist clerk coach composer consultant
    contractor controller cook copywriter dancer dentist designer developer dietitian director driver economist
    editor electrician engineer entrepreneur estimator farmer firefighter florist founder freelancer gardener
    geologist hairdresser historian illustrator inspector interpreter janitor journalist judge lawyer lecturer
    librarian machinist manager marketer mathematician mechanic midwife musician novelist nurse nutritionist
    optician painter paramedic pharmacist philosopher photographer physician physicist physiotherapist pilot planner
    plumber podcaster policeman politician postdoc priest producer professor programmer psychologist publisher
    realtor receptionist recruiter researcher sailor salesman saleswoman scientist sculptor secretary seamstress
    singer soldier statistician stylist student surgeon surveyor sysadmin tailor teacher technician therapist trader
    trainer translator tutor vet veterinarian waiter waitress welder writer retiree pensioner retired
    """
)
"""The last word of what somebody says that they are."""
