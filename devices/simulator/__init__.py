"""A believable hub: sun, cars, plants, prints, speaking real dialects over real MQTT.

chance, sky, building, cars, garden, printers, rooms, storage   the scenario, pure, one idea a file
registers, world                                                all of it stepped, energy counted
dialects                                                        what each thing would say, pure
hub, programme                                                  which things there are and when they speak
radio, live                                                     over MQTT, now
past, demo                                                      the same world over the last days
capture, replay                                                 captures of other hubs
"""
