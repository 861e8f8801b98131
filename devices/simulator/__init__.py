"""A believable hub: sun, cars, plants, prints, speaking real dialects over real MQTT.

chance, sky, roof, building, cars, garden, printers, rooms, storage   the scenario, one idea a file
registers, world                           all of it stepped, energy counted
message, dialects                          how each make of device puts what the world knows
thing, equipment, sensors, hub, programme  which devices there are, and when they speak
radio, live, memory                        over MQTT, now, going on where the last run ended
premises, past, demo                       what can be booked, and the same world over the last days
capture, replay                            captures of other hubs

All but radio, live, memory, premises, past, demo and replay is pure.
"""
